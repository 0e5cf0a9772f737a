import yargs, { type Argv } from 'yargs'
import { type Arbiter, arbiterAt } from '../../control/client.js'
import { createError } from '../../errors.js'
import { packageVersion } from '../../version.js'
import { helpWidth } from '../terminal.js'
import { restart, scale, showConfig, showMetrics, showStatus, stop, trace } from './commands.js'
import { findSocket } from './find-socket.js'
import { reload } from './reload.js'
import { upgrade } from './upgrade.js'

/** The options that stand with every command. */
interface Place {
  socket?: string | undefined
  pid?: string | undefined
}

const closing =
  'Exit codes: 0 done, 1 refused or failed (a reload or an upgrade that came to nothing), 2 wrong usage, 3 no arbiter there.'

/** A command with its arguments, still to be carried out. */
type Work = (arbiter: Arbiter) => Promise<void>

/**
 * Does what the words say.
 * @throws what went wrong, with the exit code it leads to
 */
export async function runControl(words: readonly string[]): Promise<void> {
  const chosen: Array<{ place: Place; work: Work }> = []
  try {
    await createParser(words, (place, work) => chosen.push({ place, work })).parseAsync()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw createError('NWORKERS_E_USAGE', `${problem}; see "nworkersctl --help".`)
  }
  for (const { place, work } of chosen) {
    await work(arbiterAt(findSocket(place, process.env, process.cwd())))
  }
}

function createParser(words: readonly string[], choose: (place: Place, work: Work) => void): Argv {
  const slot = { type: 'string', demandOption: true, describe: 'The number of a slot' } as const
  return yargs([...words])
    .scriptName('nworkersctl')
    .locale('en')
    .usage('Usage: $0 [-s PATH] COMMAND\n\nAsks a running nworkers, by its control socket.')
    .option('socket', {
      alias: 's',
      type: 'string',
      requiresArg: true,
      describe:
        'The control socket [default: $NWORKERS_CONTROL_SOCKET, else control.sock beside the pidfile]',
    })
    .option('pid', {
      alias: 'p',
      type: 'string',
      requiresArg: true,
      describe: 'The pidfile of the arbiter [default: $NWORKERS_PID]',
    })
    .command(
      'status',
      'Show the arbiter and its workers',
      (it) => it.option('json', { type: 'boolean', default: false, describe: 'As JSON' }),
      (given) => choose(given, (arbiter) => showStatus(arbiter, given.json)),
    )
    .command(
      'reload',
      'Replace all workers, as SIGHUP does',
      (it) =>
        it.option('wait', {
          type: 'boolean',
          default: false,
          describe: 'Show how it goes, and fail if it does',
        }),
      (given) => choose(given, (arbiter) => reload(arbiter, given.wait)),
    )
    .command(
      'upgrade',
      'Have a new arbiter take over, as SIGUSR2 does',
      (it) =>
        it.option('wait', {
          type: 'boolean',
          default: false,
          describe: 'Wait for the verdict, and fail if it does',
        }),
      (given) => choose(given, (arbiter) => upgrade(arbiter, given.wait)),
    )
    .command(
      'scale <workers>',
      'Set how many workers there are: N, +N or -N',
      (it) => it.positional('workers', { type: 'string', demandOption: true, describe: 'N, +N or -N' }),
      (given) => choose(given, (arbiter) => scale(arbiter, given.workers)),
    )
    .command(
      'stop',
      'End the arbiter, and wait until it has ended',
      (it) =>
        it.option('quick', {
          type: 'boolean',
          default: false,
          describe: 'Cut the requests that are running',
        }),
      (given) => choose(given, (arbiter) => stop(arbiter, given.quick)),
    )
    .command(
      'top',
      'Watch the workers',
      (it) => it,
      (given) => choose(given, async (arbiter) => (await import('./top.js')).top(arbiter)),
    )
    .command(
      'trace <slot>',
      'Show where a worker is now',
      (it) => it.positional('slot', slot),
      (given) => choose(given, (arbiter) => trace(arbiter, given.slot)),
    )
    .command(
      'restart <slot>',
      'Replace one worker',
      (it) => it.positional('slot', slot),
      (given) => choose(given, (arbiter) => restart(arbiter, given.slot)),
    )
    .command(
      'config',
      'Show the settings in force',
      (it) => it,
      (given) => choose(given, showConfig),
    )
    .command(
      'metrics',
      'Show the metrics as Prometheus gets them',
      (it) => it,
      (given) => choose(given, showMetrics),
    )
    .demandCommand(1, 'No command is given')
    .strict()
    .version(packageVersion())
    .alias('version', 'v')
    .help()
    .alias('help', 'h')
    .exitProcess(false)
    .fail(false)
    .parserConfiguration({ 'parse-positional-numbers': false, 'parse-numbers': false })
    .epilogue(closing)
    .wrap(helpWidth())
}
