import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure } from '../config/configure.js'
import { createError } from '../errors.js'
import { serviceUnit } from '../systemd/service-unit.js'
import { socketUnit } from '../systemd/socket-unit.js'
import { parseCommandLine } from './command-line.js'
import { forward, print } from './terminal.js'

const scriptNamed = (name: string) => fileURLToPath(new URL(`../../../bin/${name}.js`, import.meta.url))

const usage = `Usage: nworkers init systemd [--with-socket | --socket] [options] APP

Prints a service unit that runs APP with these options, as few rights as Node needs and the time-outs that fit.
--user and --group become User= and Group= of the unit; without them systemd makes up a user for the service alone.

  --with-socket  The service gets its sockets from a socket unit, so that a restart loses no connection.
  --socket       Print that socket unit; --bind says where it listens.

All other options are those of "nworkers --help". Write the output to /etc/systemd/system/NAME.service (or .socket),
where NAME is --name, else the name of the app.`

type Kind = 'service' | 'service with a socket' | 'socket'

const kinds: Readonly<Record<string, Kind>> = {
  '--with-socket': 'service with a socket',
  '--socket': 'socket',
}

/**
 * Prints a unit. Of what the shell's environment says nothing goes into it, since the service will have another one.
 * Returns the exit code.
 * @throws what is wrong with the command line or a setting.
 */
export async function initSystemd(words: readonly string[]): Promise<number> {
  const wanted = words.filter((word) => Object.hasOwn(kinds, word))
  const { action, given } = parseCommandLine(words.filter((word) => !wanted.includes(word)))
  if (action === 'help') {
    print(usage)
    return 0
  }
  const [kind = 'service', ...more] = wanted.map((word) => kinds[word])
  if (action !== 'serve') throw createError('NWORKERS_E_USAGE', `--${action} does not go with init systemd.`)
  if (more.length > 0) {
    throw createError('NWORKERS_E_USAGE', 'Of --socket and --with-socket only one can be printed at a time.')
  }
  // Where the service starts, so what is relative means the same there and here.
  const cwd = path.resolve(given.chdir?.at(-1) ?? '.')
  const start = { commandLine: { ...given, chdir: [cwd] }, env: {}, cwd }
  const { settings } = await configure(start, { onOutput: forward })
  const text =
    kind === 'socket'
      ? socketUnit({ given, settings })
      : serviceUnit({
          command: [process.execPath, scriptNamed('nworkers')],
          controlCommand: [process.execPath, scriptNamed('nworkersctl')],
          given,
          settings,
          hasSocketUnit: kind === 'service with a socket',
        })
  print(text.trimEnd())
  return 0
}
