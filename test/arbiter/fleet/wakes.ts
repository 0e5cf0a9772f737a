import type { Fleet, Worker } from '../../../src/arbiter/fleet/state.js'
import { type Life, restOf, type Transition } from './history.js'
import { slotsOf, wantedIn } from './words.js'

/** The next wake is in the future, and no later than whatever is due next: so nothing overdue is left undone. */
export function wakesInTime(transition: Transition): string | undefined {
  const { now, after } = transition
  if (!(after.wakeAt > now)) return `wakes ${now - after.wakeAt} ms ago`
  for (const [what, time] of dueTimes(transition)) {
    if (after.wakeAt > time) return `wakes ${after.wakeAt - time} ms after ${what}`
  }
  return
}

function* dueTimes({ now, after, history }: Transition): Generator<[string, number]> {
  const { policy, stop } = after
  if (stop && !stop.released) yield ['the end of the shutdown delay', stop.drainAt]
  for (const worker of after.workers.values()) {
    yield ['a second', now + 1_000]
    const life = history.lives.get(worker.id)
    if (life) yield* dueTimesOf(worker, life, after, now)
    const heard = worker.state === 'ready' || worker.state === 'draining'
    if (life && heard && policy.timeout > 0) yield ['the silence of a worker', life.heardAt + policy.timeout]
  }
  if (stop?.released) return
  for (const slot of slotsOf(after.appLoaded ? after.target : 1)) {
    const { until } = restOf(history, slot)
    if (wantedIn(after, slot).length === 0 && until > now) yield ['the rest of a slot', until]
  }
}

function* dueTimesOf(
  worker: Worker,
  life: Life,
  { policy }: Fleet,
  now: number,
): Generator<[string, number]> {
  const provenAt = (life.readyAt ?? now) + policy.provingTime
  if (worker.state === 'ready' && provenAt > now) yield ['the proving of a worker', provenAt]
  if (worker.deadline !== undefined) yield ['the deadline of a worker', worker.deadline]
  if (life.stage !== 'leaving' && life.readyAt === undefined && life.bootBy !== undefined)
    yield ['the end of a boot', life.bootBy]
  if (life.examinedAt !== undefined && !life.killed)
    yield ['the end of an examination', life.examinedAt + 3_000]
}
