import {
  type Fleet,
  type Policy,
  type Reason,
  slotOf,
  type Worker,
  type WorkerState,
} from '../arbiter/fleet/state.js'
import type { UpgradeRecord } from '../arbiter/upgrade/upgrades.js'
import type { Usage } from '../machine/usage.js'
import {
  type Death,
  minus,
  type Records,
  type RolloutRecord,
  type ScaleRecord,
  type TimedBeat,
} from '../observe/ledger.js'
import { quantile } from '../observe/quantile.js'

/** What `GET /v1/status` answers. Times of day are ISO 8601. */
export interface Status {
  version: string
  /** Of the arbiter. */
  pid: number
  /** The name that process titles show. */
  name: string
  startedAt: string
  generation: number
  state: 'starting' | 'running' | 'reloading' | 'stopping'
  /** How many workers there are to be. */
  target: number
  /** Between which bounds the target follows the load; null where it does not. */
  autoscale: { min: number; max: number } | null
  workers: WorkerStatus[]
  listeners: ListenerStatus[]
  lastReload: RolloutRecord | null
  /** The last change of the target. */
  lastScale: ScaleRecord | null
  /** The last ones, the newest last. */
  rollouts: RolloutRecord[]
  deaths: Death[]
  /** The last upgrade of this arbiter to a new one that has not taken over, or not yet. */
  upgrade: UpgradeRecord | null
}

/** What it has not said yet, or the system does not tell, is null. Rates and quantiles are those of about ten seconds. */
export interface WorkerStatus {
  slot: number
  pid: number | null
  generation: number
  state: WorkerState
  startedAt: string
  /** Answered since it started. */
  requests: number
  requestsPerSecond: number
  p50Ms: number | null
  p99Ms: number | null
  inFlight: number
  connections: number
  /** The longest delay of its event loop in the last second. */
  loopDelayMs: number | null
  /** The share of time in which its event loop was busy, 0 to 1. */
  utilization: number | null
  /** In CPUs: 1 is one whole CPU. */
  cpu: number | null
  privateBytes: number | null
  /** Workers that have left its slot without being asked to. */
  restarts: number
  /** Why the last worker of its slot left. */
  lastExit: Reason | null
}

export interface ListenerStatus {
  /** `http://127.0.0.1:8000`, `unix:/run/app.sock`. */
  address: string
  /** Connections that wait to be accepted; null where the system does not tell. */
  queued: number | null
  /** How many may wait. */
  backlog: number
}

/** What a status is made from. */
export interface Evidence {
  identity: { version: string; pid: number; name: string }
  fleet: Fleet
  records: Records
  upgrade: UpgradeRecord | null
  /** By process id. */
  usage: ReadonlyMap<number, Usage>
  listeners: ListenerStatus[]
  /** The same moment on both clocks, in milliseconds: the monotonic one, and since 1970. */
  now: { monotonic: number; sinceEpoch: number }
}

/** The status of a fleet. */
export function statusOf({ identity, fleet, records, upgrade, usage, listeners, now }: Evidence): Status {
  const timeOfDay = (monotonic: number) =>
    new Date(Math.round(now.sinceEpoch - now.monotonic + monotonic)).toISOString()
  return {
    ...identity,
    startedAt: timeOfDay(0),
    generation: fleet.generation,
    state: stateOf(fleet),
    target: fleet.target,
    autoscale: boundsOf(fleet.policy),
    workers: [...fleet.workers.values()]
      .sort((a, b) => a.slot - b.slot || a.id - b.id)
      .map((worker) => ({
        ...describeWorker(worker, records.beats.get(worker.id) ?? [], usage.get(worker.pid ?? 0)),
        startedAt: timeOfDay(worker.spawnedAt),
        restarts: slotOf(fleet, worker.slot).restarts,
        lastExit: records.deaths.findLast(({ slot }) => slot === worker.slot)?.reason ?? null,
      })),
    listeners,
    lastReload: records.rollouts.findLast(({ verdict }) => verdict !== 'running') ?? null,
    lastScale: records.lastScale ?? null,
    rollouts: [...records.rollouts],
    deaths: [...records.deaths],
    upgrade,
  }
}

/** The bounds between which the target follows the load, without what else belongs to them. */
export function boundsOf({ autoscale }: Policy): Status['autoscale'] {
  return autoscale ? { min: autoscale.min, max: autoscale.max } : null
}

function stateOf(fleet: Fleet): Status['state'] {
  if (fleet.stop) return 'stopping'
  if (!fleet.everReady) return 'starting'
  return fleet.rollout ? 'reloading' : 'running'
}

function describeWorker(
  { slot, pid, generation, state }: Worker,
  beats: readonly TimedBeat[],
  usage: Usage | undefined,
): Omit<WorkerStatus, 'startedAt' | 'restarts' | 'lastExit'> {
  const last = beats.at(-1)?.beat
  return {
    slot,
    pid: pid ?? null,
    generation,
    state,
    requests: last?.requests ?? 0,
    ...recently(beats),
    inFlight: last?.inFlight ?? 0,
    connections: last?.connections ?? 0,
    loopDelayMs: last?.loopDelayMs ?? null,
    utilization: last ? rounded(last.utilization, 3) : null,
    cpu: usage?.cpu === undefined ? null : rounded(usage.cpu, 3),
    privateBytes: usage?.privateBytes ?? null,
  }
}

/** Rate and quantiles between the first and the last of these beats. */
function recently(beats: readonly TimedBeat[]): Pick<WorkerStatus, 'requestsPerSecond' | 'p50Ms' | 'p99Ms'> {
  const [first] = beats
  const last = beats.at(-1)
  if (!first || !last || last.at <= first.at) return { requestsPerSecond: 0, p50Ms: null, p99Ms: null }
  const counts = minus(last.beat.counts.durations.counts, first.beat.counts.durations.counts)
  const milliseconds = (share: number) => {
    const seconds = quantile(share, counts)
    return seconds === undefined ? null : rounded(seconds * 1000, 1)
  }
  return {
    requestsPerSecond: rounded((last.beat.requests - first.beat.requests) / ((last.at - first.at) / 1000), 1),
    p50Ms: milliseconds(0.5),
    p99Ms: milliseconds(0.99),
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
