import type { Logger } from '../../observe/logger.js'
import type { Notice } from '../fleet/event.js'
import type { Shell } from '../shell.js'
import type { Request } from '../signals.js'
import type { Successor } from './successor.js'

/** How an upgrade goes; the last one is the verdict. */
export type UpgradeProgress =
  | { type: 'started'; pid: number }
  | { type: 'verdict'; verdict: 'done'; pid: number; tookMs: number }
  | { type: 'verdict'; verdict: 'failed'; pid: number | null; reason: string }

/** The last upgrade, as the status shows it. */
export interface UpgradeRecord {
  verdict: 'running' | 'done' | 'failed'
  /** The new arbiter. */
  pid: number | null
  /** When it began; ISO 8601. */
  at: string
  reason: string | null
}

/** How far an upgrade has come that may have to be undone. */
interface Phase {
  hasLetGo: boolean
  isIntroduced: boolean
}

/** The upgrades of this arbiter to another one. */
export interface Upgrades {
  /** Begins one; `follow` hears how it goes. Gives why there can be none, as a sentence. */
  begin(follow?: (progress: UpgradeProgress) => void): string | undefined
  /** Whether a request of an operator is dealt with here: while an upgrade runs some are for the new arbiter. */
  heed(request: Request): boolean
  /** The last one; undefined before the first. */
  record(): UpgradeRecord | undefined
  /** Resolves when no new arbiter is waited for any more. */
  settled(): Promise<void>
}

/** Until the new arbiter has begun, and then until it has read its settings. Milliseconds. */
const startLimit = 60_000

/** Until it has taken what only one arbiter can have, in milliseconds. */
const takeLimit = 10_000

/** Beyond the graceful timeout, until a new arbiter that is not wanted any more is killed. Milliseconds. */
const endMargin = 5_000

/** The same for one that has failed to take over, while this one waits to have its things back. Milliseconds. */
const shortPatience = 2_000

/**
 * The old arbiter's side of an upgrade; docs/design.md has the table of its states and events.
 *
 * @param options.obstacle - why there can be none now, as a sentence
 * @param options.start - starts the new arbiter
 * @param options.letGo - gives up what the new one could not open beside this one
 * @param options.takeBack - has it again
 * @param options.introduce - tells the service manager that the new one is the main process; gives whether it knows
 * @param options.reclaim - tells it that this one is, after all
 * @param options.leave - this one leaves; the new one has the sockets with these keys
 */
export function createUpgrades(options: {
  shell: Pick<Shell, 'fleet' | 'watch' | 'heed'>
  log: Logger
  obstacle: () => string | undefined
  start: () => Successor
  letGo: () => void
  takeBack: () => Promise<void>
  introduce: (pid: number) => Promise<boolean>
  reclaim: () => void
  leave: (sockets: readonly string[]) => void
}): Upgrades {
  const { shell, log } = options
  let running: Promise<void> | undefined
  /** Whether one waits for the end of a new arbiter that has failed. */
  let isWaiting = false
  let record: UpgradeRecord | undefined
  /** Signals for the new arbiter; a reload also for this one if the upgrade fails. */
  let pass: (signal: NodeJS.Signals) => void = () => {}
  let reloadIsWanted = false

  function begin(follow: (progress: UpgradeProgress) => void = () => {}): string | undefined {
    const isUnderWay = isWaiting || record?.verdict === 'running'
    const obstacle = isUnderWay ? 'An upgrade is running.' : options.obstacle()
    if (obstacle !== undefined) return refuse(obstacle)
    const latest = (running ? runAfter(running, follow) : run(follow)).finally(() => {
      if (running === latest) running = undefined
    })
    running = latest
    return undefined
  }

  function refuse(obstacle: string): string {
    log.warning(`Upgrade: refused. ${obstacle}`)
    return obstacle
  }

  /** Whoever has read that one has failed may ask for the next, though what is left of it still ends. */
  async function runAfter(failed: Promise<void>, follow: (progress: UpgradeProgress) => void): Promise<void> {
    isWaiting = true
    log.info('Upgrade: it begins when the new arbiter that has failed has ended')
    await failed
    isWaiting = false
    const obstacle = options.obstacle()
    if (obstacle === undefined) return run(follow)
    follow({ type: 'verdict', verdict: 'failed', pid: null, reason: refuse(obstacle) })
  }

  async function run(follow: (progress: UpgradeProgress) => void): Promise<void> {
    const began = performance.now()
    const at = new Date().toISOString()
    const successor = options.start()
    let pid: number | null = null
    record = { verdict: 'running', pid, at, reason: null }
    const unwatch = shell.watch((notice) => stopToo(notice, successor))
    const phase: Phase = { hasLetGo: false, isIntroduced: false }
    try {
      pid = (await successor.expect('hello', startLimit)).pid
      record = { ...record, pid }
      log.info(`Upgrade: a new arbiter starts with pid: ${pid}`)
      follow({ type: 'started', pid })
      const { within } = await successor.expect('started', startLimit)
      passSignalsTo(successor)
      await successor.expect('ready', within)
      phase.hasLetGo = true
      options.letGo()
      const { paused, target } = shell.fleet()
      successor.send({ type: 'take-over', target: paused ?? target })
      const { sockets } = await successor.expect('taken', takeLimit)
      await introduce(successor, pid, phase)
      // From here on a stop is this one's alone.
      unwatch()
      successor.send({ type: 'yours' })
      successor.release()
      record = { verdict: 'done', pid, at, reason: null }
      follow({
        type: 'verdict',
        verdict: 'done',
        pid,
        tookMs: Math.round(performance.now() - began),
      })
      log.info(`Upgrade: the new arbiter (pid ${pid}) serves; this one leaves`)
      options.leave(sockets)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      // Where it is told it stands within a sentence.
      const reason = said.replace(/\.$/, '')
      record = { verdict: 'failed', pid, at, reason }
      const who = pid === null ? 'no new arbiter came up' : `the new arbiter (pid ${pid}) failed`
      if (!shell.fleet().stop) log.error(`Upgrade: ${who}: ${reason}; this one stays`)
      follow({ type: 'verdict', verdict: 'failed', pid, reason })
      await recover(successor, phase)
      unwatch()
    } finally {
      pass = () => {}
    }
  }

  /** @throws when systemd can't be told, or something has happened meanwhile */
  async function introduce(successor: Successor, pid: number, phase: Phase): Promise<void> {
    phase.isIntroduced = true
    if (!(await options.introduce(pid))) throw new Error('systemd could not be told of it')
    if (shell.fleet().stop) throw new Error('nworkers is stopping')
    if (!successor.isRunning()) throw new Error('it ended when it had taken over')
  }

  async function recover(successor: Successor, { hasLetGo, isIntroduced }: Phase): Promise<void> {
    const { gracefulTimeout } = shell.fleet().policy
    const isStopping = () => shell.fleet().stop !== undefined
    await successor.end(hasLetGo && !isStopping() ? shortPatience : gracefulTimeout + endMargin)
    if (isStopping()) return
    if (isIntroduced) options.reclaim()
    if (hasLetGo) await options.takeBack()
    if (!reloadIsWanted) return
    reloadIsWanted = false
    shell.heed('reload')
  }

  /** A stop is for both. */
  function stopToo(notice: Notice, successor: Successor): void {
    if (notice.type !== 'stopping') return
    successor.signal(notice.quick ? 'SIGQUIT' : 'SIGTERM')
    successor.abandon('nworkers is stopping')
  }

  /** Not before it has said that it is there: until then a signal would end it. */
  function passSignalsTo(successor: Successor): void {
    pass = successor.signal
    if (reloadIsWanted) pass('SIGHUP')
  }

  function heed(request: Request): boolean {
    if (request === 'upgrade') {
      begin()
      return true
    }
    if (record?.verdict !== 'running') return false
    if (request === 'reopen') pass('SIGUSR1')
    if (request !== 'reload') return false
    log.info('Reload: it is for the new arbiter; this one reloads if the upgrade fails')
    reloadIsWanted = true
    pass('SIGHUP')
    return true
  }

  return { begin, heed, record: () => record, settled: async () => running }
}
