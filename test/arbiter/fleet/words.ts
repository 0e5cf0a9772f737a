import type { Fleet, Worker } from '../../../src/arbiter/fleet/state.js'
import type { Transition } from './history.js'

// What the words mean is said here once more and not imported: so a mistake in the reducer's own words is seen too.

export const leavingStates = new Set(['draining', 'quitting', 'hung', 'killed'])

export function surgeOf({ policy, target }: Fleet): number {
  if ('count' in policy.surge) return policy.surge.count
  return Math.ceil((target * policy.surge.percent) / 100)
}

export function wantedIn(fleet: Fleet, slot: number): Worker[] {
  return [...fleet.workers.values()].filter(
    (worker) => worker.slot === slot && !leavingStates.has(worker.state),
  )
}

export function readyIn(fleet: Fleet, slot: number): Worker[] {
  return wantedIn(fleet, slot).filter((worker) => worker.state === 'ready')
}

/** Whether the worker has been ready for the proving time. */
export function hasProved({ after, now, history }: Transition, { id }: Worker): boolean {
  const readyAt = history.lives.get(id)?.readyAt
  return readyAt !== undefined && now - readyAt >= after.policy.provingTime
}

export function slotsOf(count: number): number[] {
  return Array.from({ length: count }, (_, slot) => slot)
}

/** Slots with two workers that are not leaving. */
export function pairsOf(fleet: Fleet): number {
  return slotsOf(fleet.target).filter((slot) => wantedIn(fleet, slot).length > 1).length
}
