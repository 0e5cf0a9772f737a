import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, isAbsolute, join, relative, resolve } from 'node:path'
import { inheritedFlags } from '../node-flags.js'

/** What is to be started in place of this process. */
export interface Program {
  /** A path, or a name that is looked for in `PATH`. */
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
}

/** Why it can't be started, as far as is seen before; undefined where nothing is. */
export function findFault({ file, cwd }: Program, path = process.env.PATH ?? ''): string | undefined {
  if (!existsSync(cwd)) return `the directory ${cwd} has gone`
  const candidates = file.includes('/') ? [file] : path.split(delimiter).map((folder) => join(folder, file))
  return candidates.some(isExecutable) ? undefined : `there is no program ${file}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What says how this process was started. */
export type Started = Pick<NodeJS.Process, 'argv' | 'argv0' | 'execArgv'>

/**
 * The command line of this process, to be found anew on disk: Node is looked for under the name that it was called by, and
 * neither it nor the script nor the folder is named by where symbolic links led to then.
 *
 * @param folder.named - where this process was started, as its shell knew it
 * @param folder.real - the same folder, as the system told it then
 */
export function programOf(
  { argv, argv0, execArgv }: Started,
  folder: { named: string; real: string },
): Program {
  const [, script = '', ...words] = argv
  return {
    file: argv0.includes('/') ? resolve(folder.named, argv0) : argv0,
    args: [...inheritedFlags(execArgv), renamed(script, folder), ...words],
    cwd: folder.named,
  }
}

/** Node has made the script's path absolute by the real name of the folder. */
function renamed(script: string, { named, real }: { named: string; real: string }): string {
  const within = relative(real, script)
  return within.startsWith('..') || isAbsolute(within) ? script : join(named, within)
}
