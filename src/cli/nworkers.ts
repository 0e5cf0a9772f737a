import type { Start } from '../settings/resolve.js'
import { ownEnvironment } from '../systemd/activation.js'
import { readCommandArguments } from './command-arguments.js'
import { parseCommandLine } from './command-line.js'
import { subcommandNamed } from './subcommand.js'
import { helpWidth, print, reportError } from './terminal.js'
import { workingDirectory } from './working-directory.js'

/** How long anything may still be under way after the command has ended, in milliseconds. */
const lastMoment = 1000

/** Does what the command line says. Returns the exit code. */
async function run(words: readonly string[]): Promise<number> {
  const subcommand = subcommandNamed(words[0])
  if (subcommand !== undefined) return (await subcommand.load())(words.slice(1))
  const { action, given } = parseCommandLine(words)
  const start = (): Start => ({
    commandLine: given,
    commandArguments: readCommandArguments(process.env),
    env: ownEnvironment(process.env, process.pid),
    cwd: workingDirectory(),
  })
  switch (action) {
    case 'serve':
      return (await import('./serve.js')).serve(start())
    case 'check-config':
      return (await import('./check-config.js')).checkConfig(start())
    case 'print-config':
      return (await import('./print-config.js')).printConfig(start())
    case 'version':
      print(`nworkers ${(await import('../version.js')).packageVersion()}`)
      return 0
    case 'help':
      print(await (await import('./help.js')).helpText(helpWidth()))
      return 0
  }
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  process.exitCode = reportError(error)
}
// Ending by itself lets stdout be written out; what still holds the process after that is not worth waiting for.
setTimeout(() => process.exit(), lastMoment).unref()
