import { describeExit } from '../arbiter/fleet/death.js'
import type { Notice, ScaleReason } from '../arbiter/fleet/event.js'
import type { Reason, Worker } from '../arbiter/fleet/state.js'
import type { Observer } from '../arbiter/observer.js'
import { type Histogram, noRequests, outcomes, type RequestCounts } from '../ipc/counts.js'
import type { BeatMessage } from '../ipc/messages.js'

/** A beat and when it came, in milliseconds of the monotonic clock. */
export interface TimedBeat {
  readonly at: number
  readonly beat: BeatMessage
}

/** The end of a worker. Times of day are ISO 8601. */
export interface Death {
  readonly at: string
  readonly slot: number
  readonly pid: number | null
  readonly generation: number
  readonly reason: Reason
  /** `exit code 1`, `signal SIGKILL`. */
  readonly exit: string
}

/** A rollout and what became of it. */
export interface RolloutRecord {
  readonly generation: number
  readonly from: number
  readonly startedAt: string
  readonly verdict: 'running' | 'done' | 'failed'
  /** Why it failed. */
  readonly reason: string | null
  readonly tookMs: number | null
}

/** A change of the number of workers there are to be. */
export interface ScaleRecord {
  readonly at: string
  readonly from: number
  readonly to: number
  readonly reason: ScaleReason
  /** How busy the workers were on average, 0 to 1; null where the load was not the reason. */
  readonly utilization: number | null
  /** Connections that waited to be accepted; null likewise. */
  readonly queued: number | null
}

/** What was seen of a fleet so far. It outlives the workers. */
export interface Records {
  /** The last beats of each worker, by the fleet's ids, the newest last. */
  readonly beats: ReadonlyMap<number, readonly TimedBeat[]>
  /** Requests by slot and outcome. */
  readonly outcomes: ReadonlyMap<number, readonly number[]>
  readonly durations: Histogram
  /** Between a proxy's receipt of a request and its start in a worker. */
  readonly queueTimes: Histogram
  /** The newest last. */
  readonly deaths: readonly Death[]
  readonly rollouts: readonly RolloutRecord[]
  readonly verdicts: Readonly<Record<'done' | 'failed', number>>
  readonly lastScale: ScaleRecord | undefined
  /** How often the number of workers was changed, by reason. */
  readonly scales: Readonly<Record<ScaleReason, number>>
}

/** Keeps {@link Records}. */
export interface Ledger {
  observe: Observer
  /** Notes a beat of this worker at this time of the monotonic clock. */
  note(worker: Worker, beat: BeatMessage, at: number): void
  records(): Records
}

/** For how long beats of a worker are kept, in milliseconds: rates and quantiles are those of ten seconds and a bit. */
const keptFor = 10_500

/** Deaths and rollouts that are kept. */
const keptEvents = 20

export function createLedger(timeOfDay: () => Date = () => new Date()): Ledger {
  const beats = new Map<number, TimedBeat[]>()
  const bySlot = new Map<number, number[]>()
  const verdicts = { done: 0, failed: 0 }
  let durations: Histogram = noRequests.durations
  let queueTimes: Histogram = noRequests.durations
  let deaths: Death[] = []
  let rollouts: RolloutRecord[] = []
  const scales = { utilization: 0, queue: 0, idle: 0, bounds: 0, request: 0, reload: 0 }
  let lastScale: ScaleRecord | undefined

  function note({ id, slot }: Worker, beat: BeatMessage, at: number): void {
    const known = beats.get(id) ?? []
    const before = known.at(-1)?.beat
    beats.set(id, [...known.filter((former) => at - former.at <= keptFor), { at, beat }])
    addRequests(slot, before?.counts ?? noRequests, beat.counts)
    queueTimes = grown(queueTimes, before?.queueTimes ?? noRequests.durations, beat.queueTimes)
  }

  function addRequests(slot: number, before: RequestCounts, after: RequestCounts): void {
    const sum = bySlot.get(slot) ?? outcomes.map(() => 0)
    bySlot.set(slot, plus(sum, minus(after.outcomes, before.outcomes)))
    durations = grown(durations, before.durations, after.durations)
  }

  function observe(notice: Notice): void {
    switch (notice.type) {
      case 'worker-exited': {
        const { worker, reason, exit } = notice
        beats.delete(worker.id)
        const { slot, generation, pid } = worker
        const at = timeOfDay().toISOString()
        const death = { at, slot, pid: pid ?? null, generation, reason, exit: describeExit(exit) }
        deaths = [...deaths, death].slice(-keptEvents)
        return
      }
      case 'reload-started': {
        const { generation, from } = notice
        const startedAt = timeOfDay().toISOString()
        const rollout = {
          generation,
          from,
          startedAt,
          verdict: 'running',
          reason: null,
          tookMs: null,
        } as const
        rollouts = [...rollouts, rollout].slice(-keptEvents)
        return
      }
      case 'reload-done':
        conclude(notice.generation, { verdict: 'done', reason: null })
        return
      case 'reload-failed':
        conclude(notice.generation, { verdict: 'failed', reason: notice.reason })
        return
      case 'scaled': {
        const { from, to, reason, load } = notice
        scales[reason]++
        const seen = {
          utilization: load ? Number((load.demand / load.workers).toFixed(3)) : null,
          queued: load?.queued ?? null,
        }
        lastScale = { at: timeOfDay().toISOString(), from, to, reason, ...seen }
        return
      }
    }
  }

  function conclude(
    generation: number,
    outcome: { verdict: 'done' | 'failed'; reason: string | null },
  ): void {
    verdicts[outcome.verdict]++
    rollouts = rollouts.map((rollout) => {
      if (rollout.generation !== generation) return rollout
      return { ...rollout, ...outcome, tookMs: timeOfDay().getTime() - Date.parse(rollout.startedAt) }
    })
  }

  return {
    observe,
    note,
    records: () => ({
      beats,
      outcomes: bySlot,
      durations,
      queueTimes,
      deaths,
      rollouts,
      verdicts: { ...verdicts },
      lastScale,
      scales: { ...scales },
    }),
  }
}

/** A histogram with what came between two looks at a part of it. */
function grown(whole: Histogram, before: Histogram, after: Histogram): Histogram {
  return {
    counts: plus(whole.counts, minus(after.counts, before.counts)),
    sum: whole.sum + after.sum - before.sum,
  }
}

/** Element by element. */
export function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value - (b[index] ?? 0))
}

function plus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + (b[index] ?? 0))
}
