import { forgetDeaths } from './backoff.js'
import { type Draft, drainWorker, notify, spawnWorker } from './draft.js'
import { setTarget, withinBounds } from './scale.js'
import { isBooting, isProven, occupants, slotOf, surge, type Worker } from './state.js'

/** Starts replacing every worker by one of a new generation; during a rollout it is remembered for later. */
export function requestReload(draft: Draft): void {
  if (draft.stop) return
  if (draft.rollout || !draft.everReady) {
    if (!draft.reloadQueued) notify(draft, { type: 'reload-queued' })
    draft.reloadQueued = true
    return
  }
  beginRollout(draft)
}

function beginRollout(draft: Draft): void {
  const generation = draft.newest + 1
  draft.newest = generation
  draft.goal = generation
  draft.reloadQueued = false
  draft.rollout = { generation, startedAt: draft.now, target: draft.plannedTarget }
  draft.plannedTarget = undefined
  draft.sought = 0
  // New code deserves a new chance in slots that rest after early deaths.
  for (const slot of draft.slots.keys()) forgetDeaths(draft, slot)
  notify(draft, { type: 'reload-started', generation, from: draft.generation })
}

/** The new generation is not good: its booting workers leave now, the others as the good one takes their place. */
export function failRollout(draft: Draft, reason: string, worker: number | undefined): void {
  if (!draft.rollout) return
  const { generation } = draft.rollout
  draft.rollout = undefined
  draft.goal = draft.generation
  for (const candidate of [...draft.workers.values()]) {
    if (candidate.generation === generation && isBooting(candidate)) drainWorker(draft, candidate, 'reload')
  }
  notify(draft, { type: 'reload-failed', generation, stays: draft.generation, reason, worker })
}

/** Ends replacements that are over: a proven successor's predecessor retires; so a rollout ends, and the next begins. */
export function finishReplacements(draft: Draft): void {
  retirePredecessors(draft)
  finishRollout(draft)
  if (draft.reloadQueued && !draft.rollout && draft.everReady) beginRollout(draft)
}

/** Begins the replacements for which there is room. */
export function startReplacements(draft: Draft): void {
  if (draft.seeker) return
  if (surge(draft) === 0) stopFirst(draft)
  else spawnSuccessors(draft)
}

function retirePredecessors(draft: Draft): void {
  for (let slot = 0; slot < draft.target; slot++) {
    const present = occupants(draft, slot)
    if (present.length < 2) continue
    const keeper = keeperOf(draft, present)
    if (!keeper) continue
    for (const worker of present) {
      if (worker.id > keeper.id && !isOutdated(draft, worker)) continue
      if (worker.id !== keeper.id) retire(draft, worker)
    }
  }
}

/** The youngest proven worker of the generation wanted; if all are outdated, any that is proven awaits its successor. */
function keeperOf(draft: Draft, present: Worker[]): Worker | undefined {
  const proven = present.filter((worker) => isProven(worker, draft.policy, draft.now))
  const outdated = present.every((worker) => isOutdated(draft, worker))
  return outdated ? proven[0] : proven.findLast((worker) => !isOutdated(draft, worker))
}

function retire(draft: Draft, worker: Worker): void {
  const reason = worker.generation === draft.goal ? (worker.recycle ?? 'reload') : 'reload'
  drainWorker(draft, worker, reason)
}

function isOutdated(draft: Draft, worker: Worker): boolean {
  return worker.generation !== draft.goal
}

/** The workers to be replaced that nobody replaces yet, those of another generation first. */
function replaceable(draft: Draft): Worker[] {
  const outdated: Worker[] = []
  const recycled: Worker[] = []
  for (let slot = 0; slot < lastingSlots(draft); slot++) {
    const present = occupants(draft, slot)
    const [worker] = present
    if (present.length !== 1 || worker?.state !== 'ready' || slotOf(draft, slot).retryAt > draft.now) continue
    if (isOutdated(draft, worker)) outdated.push(worker)
    else if (worker.recycle) recycled.push(worker)
  }
  return [...outdated, ...recycled]
}

function spawnSuccessors(draft: Draft): void {
  let pairs = 0
  for (let slot = 0; slot < draft.target; slot++) if (occupants(draft, slot).length > 1) pairs++
  for (const worker of replaceable(draft)) {
    // Recycling is never worth more than one worker at a time, and a rollout does its work anyway.
    const allowed = isOutdated(draft, worker) ? surge(draft) : draft.rollout ? 0 : 1
    if (pairs >= allowed) return
    spawnWorker(draft, worker.slot)
    pairs++
  }
}

/** For slots that own a device: the old worker leaves before the new one boots, one slot at a time. */
function stopFirst(draft: Draft): void {
  for (let slot = 0; slot < draft.target; slot++) {
    const present = occupants(draft, slot)
    if (present.length !== 1 || !present.every((worker) => isProven(worker, draft.policy, draft.now))) return
  }
  const [worker] = replaceable(draft)
  if (worker) retire(draft, worker)
}

function finishRollout(draft: Draft): void {
  if (!draft.rollout) return
  for (let slot = 0; slot < lastingSlots(draft); slot++) {
    const present = occupants(draft, slot)
    const [worker] = present
    if (present.length !== 1 || !worker || isOutdated(draft, worker)) return
    if (!isProven(worker, draft.policy, draft.now)) return
  }
  const { generation, startedAt, target = draft.target } = draft.rollout
  draft.rollout = undefined
  draft.generation = generation
  draft.announced = false
  notify(draft, { type: 'reload-done', generation, took: draft.now - startedAt })
  // Only now: a generation that fails has neither taken workers away nor added any.
  setTarget(draft, target, 'reload')
}

/** The slots that will be there when the rollout is done: in others nobody needs a successor. */
function lastingSlots(draft: Draft): number {
  return Math.min(draft.target, withinBounds(draft.rollout?.target ?? draft.target, draft.policy))
}
