import { enforceDeadlines } from './deadlines.js'
import type { Draft } from './draft.js'
import { type Load, loadOf, noTrend } from './load.js'
import { losePatience, patienceOf, recordStepDown, recordStepUp } from './patience.js'
import { setTarget } from './scale.js'
import type { Bounds, Fleet } from './state.js'

/** Milliseconds between two looks at the load. */
const lookEvery = 250

/** Workers that are busy for this share of the time on average are too few. */
const tooBusy = 0.8

/**
 * How busy workers are to be. The room between the two is what keeps the number still: the workers that remain when
 * others have left are not too busy.
 */
const wellBusy = 0.6

/** So many waiting connections for each worker are too many: less is what chance brings. */
const longQueue = 4

/** Workers leave if it is at least this share of them, or as many as may. */
const worthwhile = 1 / 3

/** Workers must have been too few for this long, in milliseconds, before there are more. */
const upAfter = 500

/** Whether the number of slots follows the load now. */
export function isAutoscaled(fleet: Pick<Fleet, 'policy' | 'everReady' | 'stop' | 'paused'>): boolean {
  const { policy, everReady, stop, paused } = fleet
  return policy.autoscale !== undefined && everReady && !stop && paused === undefined
}

/** Asks for a look at the load when it is time; the next one is due a while after the answer. */
export function askForLook(draft: Draft): void {
  if (!isAutoscaled(draft) || draft.now < draft.lookAt) return
  draft.lookAt = Number.POSITIVE_INFINITY
  draft.effects.push({ type: 'look' })
}

/**
 * Lets the number of slots follow the load: up soon and steeply, down late. What the fleet is like in a rollout, or after
 * a step up until the new workers serve, tells nothing; the wait for a step down then begins anew.
 */
export function autoscale(draft: Draft, queued: number): void {
  draft.lookAt = draft.now + lookEvery
  losePatience(draft)
  const { rollout } = draft
  // Whoever is overdue by now is not to be counted on.
  enforceDeadlines(draft)
  const bounds = draft.policy.autoscale
  // A rollout that has just failed brings back the bounds from before it.
  if (!bounds || !isAutoscaled(draft) || rollout) {
    draft.trend = noTrend
    return
  }
  // A reload that failed may have left it outside.
  setTarget(draft, draft.target, 'bounds')
  const load = loadOf(draft, queued)
  if (load && isBusy(load) && draft.target < bounds.max) stepUp(draft, load)
  else if (load && !isBusy(load) && draft.target > bounds.min) stepDown(draft, bounds, load)
  else draft.trend = noTrend
}

function stepUp(draft: Draft, load: Load): void {
  const { busySince = draft.now } = draft.trend
  draft.trend = { ...noTrend, busySince }
  if (draft.now - busySince < upAfter) return
  recordStepUp(draft)
  const isByQueue = isQueueLong(load)
  const needed = workersFor(isByQueue ? load.workers : load.demand)
  setTarget(draft, Math.max(draft.target + 1, needed), isByQueue ? 'queue' : 'utilization', load)
}

function stepDown(draft: Draft, { min }: Bounds, load: Load): void {
  if (!isWorthIt(draft, min, load.demand)) {
    draft.trend = noTrend
    return
  }
  const { calmSince = draft.now } = draft.trend
  const peak = Math.max(draft.trend.peak, load.demand)
  draft.trend = { ...noTrend, calmSince, peak }
  if (draft.now - calmSince < patienceOf(draft)) return
  setTarget(draft, Math.max(min, workersFor(peak)), 'idle', { ...load, demand: peak })
  recordStepDown(draft)
}

/** Whether so many may leave that it is worth the risk of having to start them again. */
function isWorthIt({ target }: Draft, min: number, demand: number): boolean {
  const enough = Math.max(min, workersFor(demand))
  return enough === min || enough <= target * (1 - worthwhile)
}

function isBusy(load: Load): boolean {
  return isQueueLong(load) || load.demand >= tooBusy * load.workers
}

function isQueueLong({ queued, workers }: Load): boolean {
  return queued >= longQueue * workers
}

/** How many workers are well busy with what keeps this many wholly busy. */
function workersFor(demand: number): number {
  // A share such as 0.6 of 5 workers is a little more than 3 in binary.
  return Math.ceil(demand / wellBusy - 1e-9)
}
