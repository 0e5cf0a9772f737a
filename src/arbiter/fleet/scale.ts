import { type Draft, drainWorker, notify, spawnWorker } from './draft.js'
import type { ScaleReason } from './event.js'
import { type Load, noTrend } from './load.js'
import { isLeaving, occupants, type Policy, slotOf, surge } from './state.js'

/**
 * Sets how many slots are kept filled: never fewer than one, and within the bounds where there are some. A pause, in which
 * there is none, ends with the first one more.
 */
export function setTarget(draft: Draft, wanted: number, reason: ScaleReason, load?: Load): void {
  const stays = draft.paused !== undefined && wanted <= 0
  const target = stays ? draft.target : withinBounds(wanted, draft.policy)
  if (draft.stop || target === draft.target) return
  notify(draft, { type: 'scaled', from: draft.target, to: target, reason, load })
  draft.trend = noTrend
  if (target > draft.target) draft.announced = false
  draft.target = target
  draft.paused = undefined
}

/** The number of slots that the policy allows and that is nearest to this one. */
export function withinBounds(wanted: number, { autoscale }: Policy): number {
  const { min, max } = autoscale ?? { min: 1, max: Number.POSITIVE_INFINITY }
  return Math.min(max, Math.max(min, wanted))
}

/** Asks the workers of slots beyond the target to leave. */
export function leaveSurplus(draft: Draft): void {
  for (const worker of [...draft.workers.values()]) {
    if (worker.slot < draft.target || isLeaving(worker)) continue
    drainWorker(draft, worker, 'scale')
  }
}

/** Spawns a worker in every slot that has none and does not rest. */
export function fillSlots(draft: Draft): void {
  if (draft.seeker) return
  // Until one worker has loaded the app only slot 0 boots: a mistake is reported once and decides the exit code.
  const slots = draft.appLoaded ? draft.target : 1
  const stopFirst = surge(draft) === 0
  for (let slot = 0; slot < slots; slot++) {
    const present = stopFirst
      ? [...draft.workers.values()].filter((worker) => worker.slot === slot)
      : occupants(draft, slot)
    if (present.length === 0 && slotOf(draft, slot).retryAt <= draft.now) spawnWorker(draft, slot)
  }
}

/** Says once that every slot is served by the current generation. */
export function announceReady(draft: Draft): void {
  if (draft.announced || draft.rollout || draft.paused !== undefined) return
  for (let slot = 0; slot < draft.target; slot++) {
    const serving = occupants(draft, slot).some(
      ({ state, generation }) => state === 'ready' && generation === draft.generation,
    )
    if (!serving) return
  }
  draft.announced = true
  notify(draft, { type: 'all-ready', generation: draft.generation, workers: draft.target })
}
