import type { WantedAddress } from '../ipc/messages.js'
import type { Logger } from '../observe/logger.js'
import { describeExit } from './fleet/death.js'
import type { Notice } from './fleet/event.js'
import { patienceOf } from './fleet/patience.js'
import type { Fleet, Worker } from './fleet/state.js'
import type { Observer } from './observer.js'

/** Lines of a failed worker's stderr that the log repeats beside the verdict. */
const quotedLines = 10

/** Tells the log what happens in the fleet, in gunicorn's words where it has them. */
export function createJournal(log: Logger, lastLines: (worker: number) => string[]): Observer {
  return (notice, fleet) => writeNotice(log, notice, fleet, lastLines)
}

function writeNotice(
  log: Logger,
  notice: Notice,
  fleet: Fleet,
  lastLines: (worker: number) => string[],
): void {
  switch (notice.type) {
    case 'worker-exited':
      writeExit(log, notice, lastLines(notice.worker.id))
      return
    case 'spawn-failed':
      log.error(
        `No process for slot ${notice.slot}: ${notice.message}${again(notice.retryIn, notice.failures)}`,
      )
      return
    case 'boot-failed':
      log.error(`${name(notice.worker)} failed to boot: ${notice.failure.message}`)
      return
    case 'boot-timeout':
      log.error(
        `${name(notice.worker)} was not ready within the boot timeout of ${seconds(notice.timeout)} and has to leave; ` +
          'raise --boot-timeout if the app needs longer.',
      )
      return
    case 'worker-hung':
      log.error(
        `${name(notice.worker)} is hung: its event loop has been silent for ${seconds(notice.silence)}.`,
      )
      return
    case 'drain-timeout':
      log.warning(`${name(notice.worker)} did not leave within the graceful timeout and is killed.`)
      return
    case 'suspended':
      log.debug(`The arbiter stood still for ${seconds(notice.gap)}; no worker is blamed for that time.`)
      return
    case 'address-needed':
      log.info(describeWanted(notice.wanted))
      return
    case 'all-ready':
      log.info(`Ready: generation ${notice.generation}, ${notice.workers} workers`)
      return
    case 'retiring':
      log.debug(`${name(notice.worker)} is asked to leave: ${notice.reason}`)
      return
    case 'reload-started':
      log.info(`Reload: generation ${notice.generation} replaces generation ${notice.from}`)
      return
    case 'reload-queued':
      log.info('Reload: another one follows the one that is running')
      return
    case 'reload-done':
      log.info(`Reload: generation ${notice.generation} serves, after ${seconds(notice.took)}`)
      return
    case 'reload-failed':
      log.error(
        `Reload: generation ${notice.generation} failed: ${notice.reason}; generation ${notice.stays} stays`,
      )
      if (notice.worker !== undefined) quote(log, lastLines(notice.worker))
      return
    case 'scaled':
      log.info(`Workers: ${notice.from} before, ${notice.to} now${because(notice, fleet)}`)
      return
    case 'stopping':
      log.info(notice.quick ? 'Stopping at once' : 'Stopping: workers finish what they have')
      return
  }
}

function describeWanted({ address, how }: WantedAddress): string {
  switch (how) {
    case 'first':
      return `The app listens at ${address} by itself; no other address was given, so that one is used.`
    case 'further':
      return `The app listens at ${address} too; its workers share that address as well.`
    case 'late':
      return (
        `The app exports what can be served, and later listens at ${address} by itself: that is waited for from now on, ` +
        'by workers that are started anew.'
      )
  }
}

/** Why workers have left over the life of the arbiter: `Workers that left: 8 reload, 4 stop, 1 crash`. */
export function summarizeExits(exits: Fleet['exits']): string {
  const counts = Object.entries(exits).map(([reason, count]) => `${count} ${reason}`)
  return `Workers that left: ${counts.join(', ') || 'none'}`
}

function writeExit(log: Logger, notice: Notice & { type: 'worker-exited' }, last: string[]): void {
  const { worker, reason, exit, retryIn, failures } = notice
  const wanted = worker.reason !== undefined && expected.has(reason)
  const text = `${name(worker)} exited: ${reason} (${describeExit(exit)})`
  if (wanted) log.info(text)
  else log.error(text + again(retryIn, failures))
  if (exit.signal === 'SIGABRT' && last.some((line) => line.includes(fullHeap))) {
    log.error(
      `${name(worker)} had no room left in its JavaScript heap: it leaks, or needs more, as by ` +
        '--node-option=--max-old-space-size=MEGABYTES.',
    )
  }
}

/** What V8 says before it aborts. */
const fullHeap = 'JavaScript heap out of memory'

const expected = new Set(['reload', 'scale', 'stop', 'request', 'max-requests', 'max-memory', 'max-lifetime'])

function again(retryIn: number | undefined, failures: number): string {
  if (failures === 0 || retryIn === undefined) return ''
  return `; next try in ${seconds(retryIn)}, failure ${failures} in a row`
}

/** Why the number of workers changes, where nobody has asked for just that. */
function because({ reason, load }: Notice & { type: 'scaled' }, fleet: Fleet): string {
  if (reason === 'bounds') return ' (bounds: --min-workers and --max-workers)'
  if (!load) return ''
  const busy = `${Math.round((load.demand / load.workers) * 100)} % busy`
  switch (reason) {
    case 'utilization':
      return ` (utilization: ${busy})`
    case 'queue':
      return ` (queue: ${load.queued} connections wait)`
    case 'idle':
      return ` (idle: at most ${busy} for ${seconds(patienceOf(fleet))})`
    default:
      return ''
  }
}

function name(worker: Worker): string {
  return `Worker ${worker.pid ?? 'without a process'} (slot ${worker.slot})`
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`
}

function quote(log: Logger, lines: string[]): void {
  for (const line of lines.slice(-quotedLines)) log.error(`  | ${line}`)
}
