import type { Notice } from '../../../src/arbiter/fleet/event.js'
import type { Fleet } from '../../../src/arbiter/fleet/state.js'
import { restOf, type Transition } from './history.js'
import type { Invariant } from './invariants.js'
import { readyIn, slotsOf } from './words.js'

function scalings({ effects }: Transition): (Notice & { type: 'scaled' })[] {
  return effects.flatMap((effect) =>
    effect.type === 'notice' && effect.notice.type === 'scaled' ? [effect.notice] : [],
  )
}

/** Where the load decides, the number of slots lies within the bounds, whoever has set it. */
export function targetWithinBounds(transition: Transition): string | undefined {
  const { event, before, after } = transition
  const bounds = after.policy.autoscale
  const isDue =
    scalings(transition).length > 0 || (event.type === 'looked' && !before.rollout && isFollowed(after))
  if (
    !bounds ||
    !isDue ||
    after.paused !== undefined ||
    (after.target >= bounds.min && after.target <= bounds.max)
  )
    return
  return `the target is ${after.target}, the bounds are ${bounds.min} and ${bounds.max}`
}

/** The load changes the number of slots after a look alone, in its direction, and says by how much. */
export function loadIsHeeded(transition: Transition): string | undefined {
  const { event, before, after } = transition
  for (const { reason, from, to, load } of scalings(transition)) {
    if (reason !== 'utilization' && reason !== 'queue' && reason !== 'idle') continue
    if (event.type !== 'looked' || !before.policy.autoscale) return `${reason} without a look`
    if (!load || to > from === (reason === 'idle')) return `from ${from} to ${to} by ${reason}`
  }
  return after.target === before.target || scalings(transition).length > 0
    ? undefined
    : 'it scales without a word'
}

/** The load changes nothing while a slot is not served or has to make up for deaths, nor in a rollout. */
export function troubleIsNoLoad(transition: Transition): string | undefined {
  const { before, history, event } = transition
  if (event.type !== 'looked' || !scalings(transition).some(({ load }) => load)) return
  if (before.rollout || before.stop) return 'it scales in a rollout or a stop'
  for (const slot of slotsOf(before.target)) {
    if (readyIn(before, slot).length === 0) return `it scales while slot ${slot} is not served`
    if (restOf(history, slot).failures > 0) return `it scales while slot ${slot} crashes`
  }
  return
}

/** Workers leave for want of work only a while after the last change. */
export function leavesLate(transition: Transition): string | undefined {
  const { now, after, history } = transition
  if (!scalings(transition).some(({ reason }) => reason === 'idle')) return
  const calm = now - history.settledAt
  return calm < (after.policy.autoscale?.downAfter ?? 0) ? `workers leave after ${calm} ms` : undefined
}

/** One look at a time, and only where the load decides; and then there is one soon. */
export function looksOneAtATime({ now, after, effects, history }: Transition): string | undefined {
  const looks = effects.filter(({ type }) => type === 'look').length
  if (looks > 1 || (looks === 1 && history.isLooking)) return 'it looks twice at a time'
  if (looks === 1 && !isFollowed({ ...after, rollout: undefined })) return 'it looks without need'
  const mustWake = isFollowed({ ...after, rollout: undefined }) && !history.isLooking && looks === 0
  if (mustWake && after.wakeAt > now + 250) return `it looks in ${after.wakeAt - now} ms`
  return
}

function isFollowed({ policy, everReady, stop, rollout, paused }: Fleet): boolean {
  return policy.autoscale !== undefined && everReady && !stop && !rollout && paused === undefined
}

export const scalingInvariants: readonly Invariant[] = [
  targetWithinBounds,
  loadIsHeeded,
  troubleIsNoLoad,
  leavesLate,
  looksOneAtATime,
]
