import { dirname, join, resolve } from 'node:path'
import { createError } from '../../errors.js'

/** The name under which the socket is looked for in the folder of a pidfile. */
const usualName = 'control.sock'

const advice =
  'Name it with -s PATH or NWORKERS_CONTROL_SOCKET, or the pidfile it lies beside with -p FILE; nworkers makes it with --control-socket PATH.'

/**
 * The path of the control socket: the one given, else of the environment, else beside the pidfile.
 * @throws NWORKERS_E_NO_ARBITER where nothing says which
 */
export function findSocket(
  given: { socket?: string | undefined; pid?: string | undefined },
  environment: NodeJS.ProcessEnv,
  cwd: string,
): string {
  const named = given.socket || environment.NWORKERS_CONTROL_SOCKET
  if (named) return resolve(cwd, named)
  const pidfile = given.pid || environment.NWORKERS_PID
  if (pidfile) return join(dirname(resolve(cwd, pidfile)), usualName)
  throw createError('NWORKERS_E_NO_ARBITER', `Nothing says which control socket to use. ${advice}`)
}
