import { isAutoscaled } from './autoscale.js'
import { type Draft, notify } from './draft.js'
import { noTrend } from './load.js'
import { type Fleet, slotOf, waits } from './state.js'

/**
 * Forgives the time in which the arbiter itself stood still (the group was stopped, the machine suspended):
 * a wake was due and nobody came. Workers most likely stood still too, so no deadline ran for them. When it began
 * nobody knows, so all the time since the last event is forgiven.
 */
export function forgiveSuspension(draft: Draft, before: Fleet): void {
  const gap = draft.now - before.wakeAt
  if (gap < waits.suspended) return
  const unseen = draft.now - before.now
  const later = (time: number | undefined) => (time === undefined ? undefined : time + unseen)
  draft.servedAt += unseen
  for (const worker of before.workers.values()) {
    draft.workers.set(worker.id, {
      ...worker,
      readyAt: later(worker.readyAt),
      beatAt: worker.beatAt + unseen,
      deadline: later(worker.deadline),
    })
  }
  draft.trend = noTrend
  notify(draft, { type: 'suspended', gap })
}

/** When the fleet must be looked at again even if nothing happens; infinity if never. */
export function nextWake(fleet: Draft): number {
  const due: number[] = []
  if (fleet.stop && !fleet.stop.released) due.push(fleet.stop.drainAt)
  if (isAutoscaled(fleet)) due.push(fleet.lookAt)
  for (const worker of fleet.workers.values()) {
    due.push(fleet.now + waits.tick)
    if (worker.deadline !== undefined) due.push(worker.deadline)
    const { state, readyAt } = worker
    if (state !== 'ready' && state !== 'draining') continue
    if (fleet.policy.timeout > 0) due.push(worker.beatAt + fleet.policy.timeout)
    if (state !== 'ready' || readyAt === undefined) continue
    const provenAt = readyAt + fleet.policy.provingTime
    if (provenAt > fleet.now) due.push(provenAt)
  }
  for (let slot = 0; slot < fleet.target && !fleet.stop?.released; slot++) {
    const { retryAt } = slotOf(fleet, slot)
    if (retryAt > fleet.now) due.push(retryAt)
  }
  return Math.min(...due)
}
