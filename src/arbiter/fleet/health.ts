import { longestWait } from './backoff.js'
import { type Fleet, isBooting } from './state.js'

/** Whether anybody accepts connections. */
export function isServing(fleet: Pick<Fleet, 'workers'>): boolean {
  return [...fleet.workers.values()].some(({ state }) => state === 'ready')
}

/**
 * Whether a new arbiter would do no better. It would when nobody has served for so long that even the slowest try, the
 * longest rest of a slot and then a whole boot timeout, must have brought a worker. A start and a stop have deadlines
 * of their own.
 */
export function isHealthy(fleet: Fleet, now: number): boolean {
  const { everReady, stop, paused, servedAt, policy } = fleet
  if (!everReady || stop || paused !== undefined || isServing(fleet)) return true
  const bootsWithoutLimit = policy.bootTimeout === 0 && [...fleet.workers.values()].some(isBooting)
  return bootsWithoutLimit || now - servedAt <= longestWait + policy.bootTimeout
}

/**
 * Whether a start, a rollout or a stop is under way that the deadlines of the workers are going to end, so that a
 * service manager may wait for it. After a death in a start nobody knows how long it takes, and on a worker that
 * SIGKILL does not end there is no use to wait.
 */
export function isUnderWay(fleet: Fleet): boolean {
  const workers = [...fleet.workers.values()]
  if (fleet.stop) return !fleet.stop.released || workers.some(({ state }) => state !== 'killed')
  if (fleet.rollout) return true
  return !fleet.announced && [...fleet.slots.values()].every(({ failures }) => failures === 0)
}
