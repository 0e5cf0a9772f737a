import { type Draft, patchSlot } from './draft.js'
import { slotOf, type Worker } from './state.js'

/** The first wait after a death too young, in milliseconds; it doubles with each one in a row. */
const firstWait = 250

/** The longest wait between two tries, in milliseconds. */
export const longestWait = 30_000

/** A worker that was ready for this long, in milliseconds, had served a while: its slot is filled again at once. */
const servedAWhile = 5_000

/** Milliseconds until the next try after this many deaths in a row. */
export function backoff(failures: number): number {
  return failures === 0 ? 0 : Math.min(longestWait, firstWait * 2 ** Math.min(failures - 1, 20))
}

/** Remembers that a worker left its slot without being asked to, and says how long the slot rests. */
export function recordDeath(draft: Draft, worker: Worker): void {
  const slot = slotOf(draft, worker.slot)
  const failures = hasServedAWhile(draft, worker) ? 0 : slot.failures + 1
  patchSlot(draft, worker.slot, {
    failures,
    restarts: slot.restarts + 1,
    retryAt: draft.now + backoff(failures),
  })
}

/** A sign of life of a worker that has served a while since the last death in its slot makes up for that death. */
export function recordBeat(draft: Draft, worker: Worker): void {
  const isSurvivor = worker.spawnedAt >= slotOf(draft, worker.slot).retryAt
  if (isSurvivor && hasServedAWhile(draft, worker)) forgetDeaths(draft, worker.slot)
}

/** Forgets the deaths of a slot: its worker has served a while, or new code was deployed. */
export function forgetDeaths(draft: Draft, slot: number): void {
  if (slotOf(draft, slot).failures > 0) patchSlot(draft, slot, { failures: 0, retryAt: draft.now })
}

function hasServedAWhile(draft: Draft, worker: Worker): boolean {
  return worker.readyAt !== undefined && draft.now - worker.readyAt >= servedAWhile
}
