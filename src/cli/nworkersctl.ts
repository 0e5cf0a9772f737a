import { reportError } from './terminal.js'

/** How long anything may still be under way after the command has ended, in milliseconds. */
const lastMoment = 1_000

try {
  const { runControl } = await import('./control/command-line.js')
  await runControl(process.argv.slice(2))
} catch (error) {
  process.exitCode = reportError(error, 'nworkersctl')
}
// Ending by itself lets stdout be written out; what still holds the process after that is not worth waiting for.
setTimeout(() => process.exit(), lastMoment).unref()
