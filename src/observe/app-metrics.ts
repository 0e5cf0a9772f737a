import type { Observer } from '../arbiter/observer.js'
import type { MetricFamily, MetricValue } from '../ipc/metrics.js'

/** The metrics that the app keeps in each worker, with prom-client. */
export interface AppMetrics {
  /** Asks these workers, and gives what each has told, with what is left of those that have gone. */
  collect(workers: readonly number[]): Promise<MetricFamily[][]>
  /** A worker has told its metrics. */
  take(worker: number, families: unknown): void
  observe: Observer
}

/** Workers that have not told by then are busy: what they told before has to do. Milliseconds. */
const patience = 1_000

/** Aggregators that prom-client knows. */
const aggregators = new Set(['sum', 'first', 'omit', 'average', 'min', 'max'])

/** What a worker counted stays in the sums when it has gone: to Prometheus a counter that falls has started anew. */
const lasting = new Set(['counter', 'histogram'])

/**
 * Collects the metrics of the app.
 *
 * @param ask - asks a worker to tell its metrics
 */
export function createAppMetrics(ask: (worker: number) => void): AppMetrics {
  const latest = new Map<number, MetricFamily[]>()
  const waiting = new Set<(worker: number) => void>()
  let departed: MetricFamily[] = []

  return {
    async collect(workers) {
      const missing = new Set(workers)
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(arrive)
          resolve()
        }
        const arrive = (worker: number) => {
          missing.delete(worker)
          if (missing.size === 0) end()
        }
        const timer = setTimeout(end, patience)
        waiting.add(arrive)
        if (missing.size === 0) end()
        for (const worker of workers) ask(worker)
      })
      return [departed, ...latest.values()]
    },
    take(worker, families) {
      latest.set(worker, Array.isArray(families) ? families.filter(isMetricFamily) : [])
      for (const arrive of waiting) arrive(worker)
    },
    observe(notice) {
      if (notice.type !== 'worker-exited') return
      const { id } = notice.worker
      departed = addLasting(departed, latest.get(id) ?? [])
      latest.delete(id)
      for (const arrive of waiting) arrive(id)
    },
  }
}

/** Whether prom-client can make text of it beside our own; it comes from a process that runs the user's code. */
function isMetricFamily(family: unknown): family is MetricFamily {
  if (typeof family !== 'object' || family === null) return false
  const { name, help, type, aggregator, values }: Partial<Record<string, unknown>> = { ...family }
  return (
    [name, help, type].every((text) => typeof text === 'string') &&
    typeof name === 'string' &&
    !name.startsWith('nworkers_') &&
    typeof aggregator === 'string' &&
    aggregators.has(aggregator) &&
    Array.isArray(values) &&
    values.every(isMetricValue)
  )
}

/** JSON has null for what is no number. */
function isMetricValue(value: unknown): value is MetricValue {
  if (typeof value !== 'object' || value === null) return false
  const { value: amount, labels }: Partial<Record<string, unknown>> = { ...value }
  return (typeof amount === 'number' || amount === null) && typeof labels === 'object' && labels !== null
}

/** Adds the values of counters and histograms, label by label. */
function addLasting(sums: readonly MetricFamily[], more: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map(sums.map((family) => [family.name, family]))
  for (const family of more) {
    if (!lasting.has(family.type) || family.aggregator !== 'sum') continue
    const values = addValues(byName.get(family.name)?.values ?? [], family.values)
    byName.set(family.name, { ...family, values })
  }
  return [...byName.values()]
}

function addValues(sums: readonly MetricValue[], more: readonly MetricValue[]): MetricValue[] {
  const byLabels = new Map(sums.map((value) => [keyOf(value), value]))
  for (const value of more) {
    const before = byLabels.get(keyOf(value))?.value ?? 0
    byLabels.set(keyOf(value), { ...value, value: before + value.value })
  }
  return [...byLabels.values()]
}

function keyOf({ metricName, labels }: MetricValue): string {
  return JSON.stringify([metricName, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}
