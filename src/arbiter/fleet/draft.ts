import type { Effect, Notice } from './event.js'
import { type Fleet, isBooting, type Reason, type Slot, slotOf, type Worker, waits } from './state.js'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A fleet being worked on within one step. The fleet it came from is never touched. */
export interface Draft extends Writable<Omit<Fleet, 'workers' | 'slots'>> {
  workers: Map<number, Worker>
  slots: Map<number, Slot>
  effects: Effect[]
}

/** A draft of the fleet at this time. */
export function draftOf(fleet: Fleet, now: number): Draft {
  return { ...fleet, workers: new Map(fleet.workers), slots: new Map(fleet.slots), now, effects: [] }
}

export function patchWorker(draft: Draft, worker: Worker, patch: Partial<Worker>): Worker {
  const patched = { ...worker, ...patch }
  draft.workers.set(worker.id, patched)
  return patched
}

export function patchSlot(draft: Draft, slot: number, patch: Partial<Slot>): void {
  draft.slots.set(slot, { ...slotOf(draft, slot), ...patch })
}

export function notify(draft: Draft, notice: Notice): void {
  draft.effects.push({ type: 'notice', notice })
}

export function spawnWorker(draft: Draft, slot: number): void {
  const id = draft.nextId++
  draft.workers.set(id, {
    id,
    slot,
    generation: draft.goal,
    pid: undefined,
    state: 'starting',
    spawnedAt: draft.now,
    readyAt: undefined,
    beatAt: draft.now,
    deadline: draft.policy.bootTimeout > 0 ? draft.now + draft.policy.bootTimeout : undefined,
    reason: undefined,
    recycle: undefined,
    utilization: undefined,
  })
  draft.effects.push({ type: 'spawn', id, slot, generation: draft.goal })
}

/** When a worker that drains must have left. */
export function drainDeadline(draft: Draft): number {
  return draft.now + draft.policy.gracefulTimeout + waits.drainMargin
}

/** When a worker that has nothing to finish must have left. */
export function quitDeadline(draft: Draft): number {
  return draft.now + waits.quit
}

/**
 * Asks a worker to finish what is in flight and leave. One that boots has nothing to finish and ends soon, unless it has
 * begun to serve and the word of that is still on its way: then it drains, and `heardTooLate` gives it the time for it.
 */
export function drainWorker(draft: Draft, worker: Worker, reason: Reason, last = false): void {
  draft.effects.push({ type: 'drain', id: worker.id, last })
  if (isBooting(worker)) {
    patchWorker(draft, worker, { state: 'quitting', reason, deadline: quitDeadline(draft) })
    return
  }
  const retired = patchWorker(draft, worker, { state: 'draining', reason, deadline: drainDeadline(draft) })
  notify(draft, { type: 'retiring', worker: retired, reason })
}

/**
 * A worker that was asked to leave while it booted says that it is ready: it serves what it has accepted until then. In a
 * quick stop it only hears once more that it is to end, and gains no time by it.
 */
export function heardTooLate(draft: Draft, worker: Worker): void {
  if (worker.state !== 'quitting' || worker.readyAt !== undefined) return
  const { now, stop } = draft
  if (stop?.quick) {
    patchWorker(draft, worker, { readyAt: now })
    draft.effects.push({ type: 'quit', id: worker.id })
    return
  }
  patchWorker(draft, worker, { state: 'draining', readyAt: now, beatAt: now, deadline: drainDeadline(draft) })
}

/** Tells a worker to end now; it is killed if it does not. */
export function quitWorker(draft: Draft, worker: Worker, reason: Reason): void {
  patchWorker(draft, worker, { state: 'quitting', reason, deadline: quitDeadline(draft) })
  draft.effects.push({ type: 'quit', id: worker.id })
}

export function killWorker(draft: Draft, worker: Worker, reason: Reason): void {
  patchWorker(draft, worker, { state: 'killed', reason, deadline: undefined })
  draft.effects.push({ type: 'kill', id: worker.id, reason })
}
