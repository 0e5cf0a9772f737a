import type { Logger } from '../../observe/logger.js'
import { describeExit } from '../fleet/death.js'
import type { Notice } from '../fleet/event.js'
import { type Fleet, isProven } from '../fleet/state.js'
import type { Shell } from '../shell.js'
import type { Predecessor } from './predecessor.js'

/** How this arbiter comes into its predecessor's place. */
export interface Succession {
  /** Whether it has not yet: the predecessor serves beside it. */
  isUnderWay(): boolean
}

/** Beyond the boot timeouts of slot 0 and then of the others, in milliseconds. */
const bootMargin = 10_000

/**
 * The new arbiter's side of an upgrade; docs/design.md has the table of its states and events.
 *
 * @param options.take - takes what the predecessor has let go of; throws what is in the way, and then has taken nothing
 * @param options.begin - from now on this one is the arbiter
 * @param options.sockets - the keys of the sockets that it serves
 */
export function succeed(
  predecessor: Predecessor,
  options: {
    shell: Pick<Shell, 'fleet' | 'watch' | 'dispatch'>
    log: Logger
    take: () => Promise<void>
    begin: () => void
    sockets: () => readonly string[]
  },
): Succession {
  const { shell, log } = options
  /** It is over when the predecessor has given its word, or none is waited for any more. */
  let state: 'proving' | 'ready' | 'taken' | 'over' = 'proving'
  let isOver = false
  let timer: NodeJS.Timeout | undefined

  /** A worker that dies before the verdict is the verdict, as in a rollout. */
  function fail(reason: string): void {
    if (state === 'over') return
    state = 'over'
    predecessor.tell({ type: 'failed', reason })
    shell.dispatch({ type: 'stop', quick: false, servedOn: true })
  }

  function observe(notice: Notice, fleet: Fleet): void {
    const isTrial = state === 'proving' || state === 'ready'
    const reason = isTrial ? failureIn(notice) : undefined
    if (reason !== undefined) fail(reason)
    else if (notice.type === 'stopping') state = 'over'
    else if (notice.type === 'all-ready' && state === 'proving') prove(fleet)
  }

  function prove({ policy }: Fleet): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const fleet = shell.fleet()
      const proven = [...fleet.workers.values()].filter((worker) =>
        isProven(worker, fleet.policy, performance.now()),
      )
      if (state !== 'proving') return
      // A rollout is under way, or slots were added.
      if (new Set(proven.map(({ slot }) => slot)).size < fleet.target) return prove(fleet)
      state = 'ready'
      predecessor.tell({ type: 'ready' })
    }, policy.provingTime)
  }

  async function takeOver(target: number): Promise<void> {
    try {
      await options.take()
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
      return
    }
    // It may have been told to stop meanwhile.
    if (state !== 'ready') return
    state = 'taken'
    if (target !== predecessor.workers.now) shell.dispatch({ type: 'scale', target })
    predecessor.tell({ type: 'taken', sockets: options.sockets() })
  }

  function begin(): void {
    state = 'over'
    isOver = true
    options.begin()
    predecessor.leave()
    log.info('Upgrade: this arbiter has taken over')
  }

  /** Without a word: it was killed. A stop would have been told by a signal, which comes first. */
  async function outlive(): Promise<void> {
    if (isOver || shell.fleet().stop) return
    log.warning(
      `Upgrade: the arbiter before this one (pid ${predecessor.arbiter}) has gone; this one goes on alone`,
    )
    try {
      if (state !== 'taken') await options.take()
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error))
    }
    begin()
  }

  shell.watch(observe)
  predecessor.listen({
    message(message) {
      if (message.type === 'take-over') void takeOver(message.target)
      else if (!isOver) begin()
    },
    gone: () => void outlive(),
  })
  const { bootTimeout } = shell.fleet().policy
  predecessor.tell({ type: 'started', within: bootTimeout > 0 ? 2 * bootTimeout + bootMargin : 0 })
  return { isUnderWay: () => !isOver }
}

/** Why a new arbiter can't take over after this. */
function failureIn(notice: Notice): string | undefined {
  switch (notice.type) {
    case 'boot-failed':
      return firstLine(notice.failure.message)
    case 'boot-timeout':
      return `a worker was not ready within ${notice.timeout / 1000} s`
    case 'spawn-failed':
      return notice.message
    case 'worker-hung':
      return 'a worker hung'
    case 'worker-exited':
      if (notice.worker.reason !== undefined) return undefined
      return `a worker ended: ${notice.reason} (${describeExit(notice.exit)})`
    default:
      return undefined
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
