import { addressHeld, addressNeeded, addressRefused } from './address.js'
import { askForLook, autoscale } from './autoscale.js'
import { recordBeat } from './backoff.js'
import { forgiveSuspension, nextWake } from './clock.js'
import { enforceDeadlines } from './deadlines.js'
import { bootFailed, leftByItself, spawnFailed, workerExited } from './death.js'
import { type Draft, draftOf, heardTooLate, killWorker, patchWorker } from './draft.js'
import type { Effect, FleetEvent } from './event.js'
import { isServing } from './health.js'
import { noTrend } from './load.js'
import { usualPatience } from './patience.js'
import { beginPause, endPause } from './pause.js'
import { finishReplacements, requestReload, startReplacements } from './rollout.js'
import { announceReady, fillSlots, leaveSurplus, setTarget } from './scale.js'
import { type Fleet, isBooting, type Policy } from './state.js'
import { advanceStop, beginStop } from './stop.js'

/** A fleet without workers; the event `start` brings it to life. */
export function createFleet(policy: Policy, target: number): Fleet {
  return {
    policy,
    target,
    paused: undefined,
    generation: 1,
    goal: 1,
    newest: 1,
    rollout: undefined,
    reloadQueued: false,
    plannedTarget: undefined,
    appLoaded: false,
    everReady: false,
    announced: false,
    servedAt: 0,
    seeker: undefined,
    sought: 0,
    stop: undefined,
    exited: false,
    trend: noTrend,
    patience: usualPatience,
    lookAt: 0,
    exits: {},
    workers: new Map(),
    slots: new Map(),
    nextId: 1,
    now: 0,
    wakeAt: Number.POSITIVE_INFINITY,
  }
}

/**
 * What the fleet becomes after an event at this time, and what is to be done about it.
 *
 * Pure: no clock, no processes, no logging. An event only records what has happened; then the same policies look
 * at the whole fleet and ask for whatever brings it nearer to where it should be. So it does not matter in which
 * order things happen, and nothing depends on an event being the one expected.
 *
 * @param now - milliseconds of a monotonic clock, never less than in the step before
 */
export function step(fleet: Fleet, event: FleetEvent, now: number): { fleet: Fleet; effects: Effect[] } {
  if (fleet.exited) return { fleet, effects: [] }
  const draft = draftOf(fleet, now)
  forgiveSuspension(draft, fleet)
  record(draft, event)
  if (!isBeatAlone(fleet, event, draft)) applyPolicies(draft)
  // In a pause nobody was to serve.
  if (isServing(draft) || fleet.paused !== undefined) draft.servedAt = now
  const { effects, ...after } = draft
  return { fleet: { ...after, wakeAt: nextWake(draft) }, effects }
}

/**
 * Whether nothing is new but that a worker lives, which is most of what happens: whatever that puts off is looked at when
 * the fleet wakes, and nothing else is due before.
 */
function isBeatAlone(fleet: Fleet, event: FleetEvent, draft: Draft): boolean {
  if (event.type !== 'beat' || draft.now >= fleet.wakeAt) return false
  const slot = fleet.workers.get(event.id)?.slot ?? -1
  return draft.slots.get(slot) === fleet.slots.get(slot)
}

function record(draft: Draft, event: FleetEvent): void {
  switch (event.type) {
    case 'start':
    case 'wake':
      return
    case 'reload':
      if (event.policy) draft.policy = event.policy
      if (event.target !== undefined) draft.plannedTarget = event.target
      endPause(draft)
      requestReload(draft)
      return
    case 'retune':
      draft.policy = event.policy
      return
    case 'scale':
      // The latest word on the number of workers counts, also against a rollout that is to bring another.
      draft.plannedTarget = undefined
      if (draft.rollout) draft.rollout = { ...draft.rollout, target: undefined }
      setTarget(draft, event.target, 'request')
      return
    case 'looked':
      autoscale(draft, event.queued)
      return
    case 'stop':
      beginStop(draft, event.quick, 0, event.servedOn)
      return
    case 'pause':
      beginPause(draft)
      return
    case 'address-held':
      addressHeld(draft, event.seeker)
      return
    case 'address-refused':
      addressRefused(draft, event.seeker, event.exitCode)
      return
    default:
      recordOfWorker(draft, event)
  }
}

function recordOfWorker(draft: Draft, event: Extract<FleetEvent, { id: number }>): void {
  const worker = draft.workers.get(event.id)
  // A message may still be on its way when its sender has been reaped.
  if (!worker) return
  switch (event.type) {
    case 'spawned':
      patchWorker(draft, worker, { pid: event.pid })
      return
    case 'spawn-failed':
      spawnFailed(draft, worker, event.message)
      return
    case 'loaded':
      draft.appLoaded = true
      if (worker.state === 'starting') patchWorker(draft, worker, { state: 'loaded', beatAt: draft.now })
      return
    case 'ready':
      if (!isBooting(worker)) {
        heardTooLate(draft, worker)
        return
      }
      draft.appLoaded = true
      draft.everReady = true
      patchWorker(draft, worker, {
        state: 'ready',
        readyAt: draft.now,
        beatAt: draft.now,
        deadline: undefined,
      })
      return
    case 'beat':
      recordBeat(
        draft,
        patchWorker(draft, worker, {
          beatAt: draft.now,
          utilization: event.utilization ?? worker.utilization,
        }),
      )
      return
    case 'failed':
      bootFailed(draft, worker, event.failure)
      return
    case 'address-needed':
      addressNeeded(draft, worker, event.wanted, event.failure)
      return
    case 'leaving':
      leftByItself(draft, worker, event.reason)
      return
    case 'exited':
      workerExited(draft, worker, event)
      return
    case 'examined':
      if (worker.state === 'hung') killWorker(draft, worker, 'hung')
      return
    case 'recycle':
      if (worker.state === 'ready') patchWorker(draft, worker, { recycle: worker.recycle ?? event.reason })
      return
  }
}

function applyPolicies(draft: Draft): void {
  enforceDeadlines(draft)
  advanceStop(draft)
  if (draft.stop?.released) return
  // Before empty slots are filled: what fills them is to be of a rollout that begins now.
  if (!draft.stop) finishReplacements(draft)
  leaveSurplus(draft)
  fillSlots(draft)
  if (draft.stop) return
  startReplacements(draft)
  announceReady(draft)
  askForLook(draft)
}
