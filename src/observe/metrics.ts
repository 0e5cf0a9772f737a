import type { Fleet, Reason, WorkerState } from '../arbiter/fleet/state.js'
import type { Status, WorkerStatus } from '../control/status.js'
import { durationBounds, type Histogram, outcomes } from '../ipc/counts.js'
import type { MetricFamily, MetricValue } from '../ipc/metrics.js'
import type { Records } from './ledger.js'

const states: readonly WorkerState[] = [
  'starting',
  'loaded',
  'ready',
  'draining',
  'quitting',
  'hung',
  'killed',
]

const reasons: readonly Reason[] = [
  'crash',
  'killed',
  'oom',
  'hung',
  'boot-timeout',
  'boot-failure',
  'max-requests',
  'max-memory',
  'max-lifetime',
  'reload',
  'scale',
  'stop',
  'request',
]

/** What nworkers counts and measures, as metrics. Counters outlive the workers that did the counting. */
export function metricsOf(status: Status, records: Records, exits: Fleet['exits']): MetricFamily[] {
  const { workers, listeners } = status
  return [
    counter(
      'nworkers_requests_total',
      'Requests answered, by slot and class of the status.',
      requests(records),
    ),
    histogram(
      'nworkers_request_duration_seconds',
      'From the headers of a request to the end of its answer.',
      records.durations,
    ),
    histogram(
      'nworkers_request_queue_seconds',
      'From X-Request-Start, which a proxy sets, to the start of a request in a worker.',
      records.queueTimes,
    ),
    gauge(
      'nworkers_workers',
      'Workers by what they are doing.',
      states.map((state) => value(workers.filter((worker) => worker.state === state).length, { state })),
    ),
    gauge('nworkers_workers_target', 'How many workers there are to be.', [value(status.target)]),
    gauge(
      'nworkers_workers_min',
      'The fewest workers there are to be, where their number follows the load.',
      [...(status.autoscale ? [value(status.autoscale.min)] : [])],
    ),
    gauge('nworkers_workers_max', 'The most workers there are to be, where their number follows the load.', [
      ...(status.autoscale ? [value(status.autoscale.max)] : []),
    ]),
    counter(
      'nworkers_scales_total',
      'Changes of the number of workers there are to be, by reason.',
      Object.entries(records.scales).map(([reason, count]) => value(count, { reason })),
    ),
    counter(
      'nworkers_worker_exits_total',
      'Workers that have left, by reason.',
      reasons.map((reason) => value(exits[reason] ?? 0, { reason })),
    ),
    counter(
      'nworkers_reloads_total',
      'Rollouts by verdict.',
      Object.entries(records.verdicts).map(([verdict, count]) => value(count, { verdict })),
    ),
    gauge('nworkers_generation', 'The generation that serves.', [value(status.generation)]),
    gauge('nworkers_start_time_seconds', 'When the arbiter started, in seconds since 1970.', [
      value(Date.parse(status.startedAt) / 1000),
    ]),
    gauge(
      'nworkers_in_flight',
      'Requests being answered.',
      bySlot(workers, sum, (worker) => worker.inFlight),
    ),
    gauge(
      'nworkers_connections',
      'Open connections.',
      bySlot(workers, sum, (worker) => worker.connections),
    ),
    gauge(
      'nworkers_event_loop_delay_seconds',
      'The longest delay of the event loop in the last second.',
      bySlot(workers, most, ({ loopDelayMs }) => (loopDelayMs === null ? null : loopDelayMs / 1000)),
    ),
    gauge(
      'nworkers_event_loop_utilization',
      'The share of time in which the event loop was busy, 0 to 1.',
      bySlot(workers, most, (worker) => worker.utilization),
    ),
    gauge(
      'nworkers_worker_private_bytes',
      'Memory that workers have for themselves.',
      bySlot(workers, sum, (worker) => worker.privateBytes),
    ),
    gauge(
      'nworkers_accept_queue_length',
      'Connections that wait to be accepted.',
      listeners.flatMap(({ address, queued }) => (queued === null ? [] : [value(queued, { address })])),
    ),
    gauge(
      'nworkers_accept_queue_limit',
      'How many connections may wait to be accepted.',
      listeners.map(({ address, backlog }) => value(backlog, { address })),
    ),
  ]
}

function requests({ outcomes: counted }: Records): MetricValue[] {
  return [...counted].flatMap(([slot, counts]) =>
    counts.map((count, index) => value(count, { slot, status: outcomes[index] })),
  )
}

/** A histogram of prom-client: its buckets count what the smaller ones count too. */
function histogram(name: string, help: string, { counts, sum }: Histogram): MetricFamily {
  let below = 0
  const buckets = counts.map((count, index) => {
    below += count
    return { ...value(below, { le: durationBounds[index] ?? '+Inf' }), metricName: `${name}_bucket` }
  })
  const total = [
    { ...value(sum), metricName: `${name}_sum` },
    { ...value(below), metricName: `${name}_count` },
  ]
  return { name, help, type: 'histogram', aggregator: 'sum', values: [...buckets, ...total] }
}

/** A slot may have two workers for a moment; `merge` makes one number of theirs. */
function bySlot(
  workers: readonly WorkerStatus[],
  merge: (numbers: number[]) => number,
  measure: (worker: WorkerStatus) => number | null,
): MetricValue[] {
  const slots = [...new Set(workers.map(({ slot }) => slot))]
  return slots.flatMap((slot) => {
    const numbers = workers
      .filter((worker) => worker.slot === slot)
      .flatMap((worker) => measure(worker) ?? [])
    return numbers.length === 0 ? [] : [value(merge(numbers), { slot })]
  })
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function most(numbers: number[]): number {
  return Math.max(...numbers)
}

function counter(name: string, help: string, values: MetricValue[]): MetricFamily {
  return { name, help, type: 'counter', aggregator: 'sum', values }
}

function gauge(name: string, help: string, values: MetricValue[]): MetricFamily {
  return { name, help, type: 'gauge', aggregator: 'first', values }
}

function value(number: number, labels: MetricValue['labels'] = {}): MetricValue {
  return { value: number, labels }
}
