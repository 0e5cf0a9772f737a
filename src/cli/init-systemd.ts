import { fileURLToPath } from 'node:url'
import { createError } from '../errors.js'
import { resolveSettings } from '../settings/resolve.js'
import { serviceUnit } from '../systemd/service-unit.js'
import { parseCommandLine } from './command-line.js'
import { print } from './terminal.js'

const script = fileURLToPath(new URL('../../../bin/nworkers.js', import.meta.url))

const usage = `Usage: nworkers init systemd [options] APP

Prints a service unit that runs APP with these options, as few rights as Node needs and the time-outs that fit.
--user and --group become User= and Group= of the unit; without them systemd makes up a user for the service alone.

The options are those of "nworkers --help". Write the output to /etc/systemd/system/NAME.service, where NAME is --name, else the name of the app.`

/**
 * Prints a unit. Only what the command line says goes into it, since the environment it will run in is another one.
 * Returns the exit code.
 * @throws what is wrong with the command line or a setting.
 */
export async function initSystemd(words: readonly string[]): Promise<number> {
  const { action, given } = await parseCommandLine(words)
  if (action === 'help') {
    print(usage)
    return 0
  }
  if (action !== 'serve') throw createError('NWORKERS_E_USAGE', `--${action} does not go with init systemd.`)
  const { settings } = resolveSettings({ commandLine: given, env: {}, cwd: process.cwd() })
  print(serviceUnit({ command: [process.execPath, script], given, settings }).trimEnd())
  return 0
}
