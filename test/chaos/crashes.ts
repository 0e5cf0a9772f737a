import type { Acceptance, Acceptances } from './acceptances.js'
import type { WorkerStory } from './story.js'

/** A worker that the driver has made crash: it is dead, or it will be found hung and killed. */
export interface Crash {
  how: 'kill' | 'stop' | 'spin'
  /** When the driver did it, in milliseconds of the machine's clock. */
  at: number
  worker: Life
}

/** One process among those that have the same pid one after the other, as they do in a long run. */
export interface Life {
  pid: number
  from: number
  to: number
}

/** A crash as the driver knows it at once: for a request that spins, only the connection it was sent on. */
export type CrashAction =
  | { how: 'kill' | 'stop'; at: number; pid: number }
  | { how: 'spin'; at: number; port: number; endedAt: number }

/** Finds the workers that were hit. A spinning request that nobody accepted has made no worker crash. */
export function resolveCrashes(
  actions: readonly CrashAction[],
  acceptances: Acceptances,
  workers: readonly WorkerStory[],
): Crash[] {
  return actions.flatMap((action) => {
    const { how, at } = action
    const hit = action.how === 'spin' ? spinner(action, acceptances) : action
    const worker = hit && lifeOf(hit, workers)
    return worker ? [{ how, at, worker }] : []
  })
}

function spinner(
  { port, at, endedAt }: CrashAction & { how: 'spin' },
  acceptances: Acceptances,
): Acceptance | undefined {
  return acceptances.ownerOf(port, { from: at, to: endedAt })
}

/** The life of the worker that had this pid at that time. */
function lifeOf({ pid, at }: Acceptance, workers: readonly WorkerStory[]): Life | undefined {
  const lives = workers.map(({ pid, bootedAt: from, exitedAt: to = Number.POSITIVE_INFINITY }) => ({
    pid,
    from,
    to,
  }))
  return lives.find((life) => isIn(life, pid, at))
}

/** Whether it was this worker that had the pid then. */
export function isIn(life: Life, pid: number, at: number): boolean {
  return life.pid === pid && life.from - logDelay <= at && at <= life.to
}

/**
 * The log is read a moment after something began, in milliseconds: the driver may be short of processor time just then,
 * and what it does itself it notes at once.
 */
export const logDelay = 1_000
