import { type Assignment, createNotifier } from '../systemd/notify.js'
import { watchdogInterval } from '../systemd/watchdog.js'
import type { Notice } from './fleet/event.js'
import { isHealthy, isUnderWay } from './fleet/health.js'
import type { Fleet } from './fleet/state.js'
import type { Observer } from './observer.js'
import { statusLine } from './status-line.js'

/** The status is told this often at most, in milliseconds. */
const statusEvery = 1_000

/** While something is under way systemd is asked every so often to wait on, each time for so long. Milliseconds. */
const extension = { every: 5_000, by: 15_000 }

/** A longer status would fill the screen of who asks for it. Characters. */
const longestReason = 200

/** What systemd, where it is the one that started this arbiter, learns from it. */
export interface ServiceManager {
  readonly observe: Observer
  /** From now on this process is the main one of the service, again or for the first time, and speaks for it. */
  begin(): void
  /** Has another process be the main one; this one says nothing more. Resolves with whether systemd knows. */
  handOver(pid: number): Promise<boolean>
}

/**
 * Keeps systemd informed.
 *
 * What changes the state of the unit is told at once. The counts are told by a timer: so they are current, and a fleet in
 * trouble does not flood systemd.
 *
 * @param fleet - gives the fleet as it is now
 * @param isMain - whether this process is the main one of the service from the start
 */
export function createServiceManager(
  environment: NodeJS.ProcessEnv,
  fleet: () => Fleet,
  onFailure: (text: string) => void,
  isMain = true,
): ServiceManager {
  const { NOTIFY_SOCKET } = environment
  if (!NOTIFY_SOCKET) return { observe() {}, begin() {}, handOver: async () => true }
  const notifier = createNotifier(NOTIFY_SOCKET, onFailure)
  let speaks = isMain
  let isReady = false
  let failure = ''
  let told = ''
  let isTelling = false
  let extendedAt = Number.NEGATIVE_INFINITY

  const status = (now: Fleet) => `STATUS=${statusLine(now)}${now.stop ? '' : failure}` as const

  function tell(now: Fleet, ...assignments: Assignment[]): void {
    if (!speaks) return
    told = status(now)
    // For each state of the unit systemd begins to count anew.
    extendedAt = Number.NEGATIVE_INFINITY
    void notifier.send(...assignments, status(now))
  }

  function look(): void {
    // A message may take longer than the interval.
    if (isTelling || !speaks) return
    const now = fleet()
    const news: Assignment[] = status(now) === told ? [] : [status(now)]
    if (isUnderWay(now) && performance.now() - extendedAt >= extension.every) {
      extendedAt = performance.now()
      news.push(`EXTEND_TIMEOUT_USEC=${extension.by * 1_000}`)
    }
    if (news.length === 0) return
    told = status(now)
    isTelling = true
    void notifier.send(...news).then(() => {
      isTelling = false
    })
  }

  setInterval(look, statusEvery).unref()
  const pulse = watchdogInterval(environment, process.pid)
  if (pulse !== undefined) {
    setInterval(() => {
      if (speaks && isHealthy(fleet(), performance.now())) void notifier.send('WATCHDOG=1')
    }, pulse).unref()
  }

  function observe(notice: Notice, now: Fleet): void {
    switch (notice.type) {
      case 'all-ready':
        if (!isReady) tell(now, 'READY=1')
        isReady = true
        return
      case 'reload-started':
        failure = ''
        if (isReady) tell(now, 'RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`)
        return
      case 'reload-done':
        if (isReady) tell(now, 'READY=1')
        return
      case 'reload-failed':
        if (now.stop) return
        failure = `; generation ${notice.generation} failed: ${notice.reason.slice(0, longestReason)}`
        if (isReady) tell(now, 'READY=1')
        return
      case 'stopping':
        tell(now, 'STOPPING=1')
        return
    }
  }

  return {
    observe,
    begin() {
      speaks = true
      const ready: Assignment[] = isReady ? ['READY=1'] : []
      tell(fleet(), `MAINPID=${process.pid}`, ...ready)
    },
    async handOver(pid) {
      speaks = false
      speaks = !(await notifier.send(`MAINPID=${pid}`))
      return !speaks
    },
  }
}
