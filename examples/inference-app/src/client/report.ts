import type { Run } from './load.js'
import type { Options } from './options.js'

/** What a run of the client showed. */
export interface Report {
  requests: number
  /** From the first moment to the last answer. */
  seconds: number
  /** Right answers of all answers, 0 to 1; null without any answer. */
  accuracy: number | null
  /** Milliseconds from the moment a request was due to its answer; null without any answer. */
  latency: { p50: number; p95: number; p99: number; max: number } | null
  /** How many answers took how long: at most so many milliseconds, in steps of a factor of two. */
  histogram: { milliseconds: number; answers: number }[]
  /** How many requests each worker answered, by slot and pid. */
  workers: { slot: number | null; pid: number; requests: number }[]
  /** How many requests failed, by what went wrong. */
  errors: Record<string, number>
  /** Whether no request failed and enough answers were right. */
  ok: boolean
}

/** Sums up the results of a run. */
export function summarize({ results, seconds }: Run, { minAccuracy }: Options): Report {
  const workers = new Map<number, Report['workers'][number]>()
  const errors: Record<string, number> = {}
  const latencies: number[] = []
  let [right, digits] = [0, 0]
  for (const { outcome, labels, latency } of results) {
    if ('error' in outcome) {
      errors[outcome.error] = (errors[outcome.error] ?? 0) + 1
      continue
    }
    latencies.push(latency)
    right += labels.filter((label, index) => outcome.labels[index] === label).length
    digits += labels.length
    const { slot, pid } = outcome
    const worker = workers.get(pid) ?? { slot, pid, requests: 0 }
    worker.requests++
    workers.set(pid, worker)
  }
  const accuracy = digits === 0 ? null : right / digits
  return {
    requests: results.length,
    seconds,
    accuracy,
    latency: percentiles(latencies),
    histogram: histogramOf(latencies),
    workers: [...workers.values()].sort((a, b) => (a.slot ?? 0) - (b.slot ?? 0) || a.pid - b.pid),
    errors,
    ok: Object.keys(errors).length === 0 && accuracy !== null && accuracy >= minAccuracy,
  }
}

function percentiles(latencies: number[]): Report['latency'] {
  if (latencies.length === 0) return null
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => {
    const value = sorted[Math.ceil(sorted.length * share) - 1] as number
    return Math.round(value * 100) / 100
  }
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

function histogramOf(latencies: number[]): Report['histogram'] {
  const counts = new Map<number, number>()
  for (const latency of latencies) {
    const power = Math.max(-2, Math.ceil(Math.log2(latency)))
    counts.set(power, (counts.get(power) ?? 0) + 1)
  }
  const powers = [...counts.keys()]
  if (powers.length === 0) return []
  const least = Math.min(...powers)
  return Array.from({ length: Math.max(...powers) - least + 1 }, (_, index) => ({
    milliseconds: 2 ** (least + index),
    answers: counts.get(least + index) ?? 0,
  }))
}

const barWidth = 40

function formatHistogram(histogram: Report['histogram']): string[] {
  const most = Math.max(...histogram.map(({ answers }) => answers))
  return histogram.map(({ milliseconds, answers }) => {
    const bar = '█'.repeat(Math.ceil((answers / most) * barWidth))
    return `${`to ${milliseconds} ms`.padStart(11)}  ${bar.padEnd(barWidth)} ${answers}`
  })
}

/** The report as lines for a terminal. */
export function formatReport(report: Report, options: Options): string {
  const { requests, seconds, accuracy, latency, workers, errors } = report
  const connections = options.keepAlive ? `${options.concurrency} connections` : 'a connection for each'
  const lines = [
    `${requests} requests in ${seconds.toFixed(1)} s (${(requests / seconds).toFixed(1)}/s), ${connections}`,
    `accuracy  ${accuracy === null ? 'unknown: nothing was answered' : formatShare(accuracy)}`,
  ]
  if (latency) {
    const { p50, p95, p99, max } = latency
    lines.push(`latency   p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, max ${max} ms`)
  }
  lines.push(...formatHistogram(report.histogram))
  const failures = Object.entries(errors).map(([error, count]) => `${count} × ${error}`)
  lines.push(`errors    ${failures.length === 0 ? 'none' : failures.join(', ')}`)
  for (const { slot, pid, requests } of workers) {
    lines.push(`worker    ${slot === null ? '' : `slot ${slot}, `}pid ${pid}: ${requests} requests`)
  }
  if (accuracy !== null && accuracy < options.minAccuracy) {
    lines.push(`The accuracy is below ${formatShare(options.minAccuracy)}.`)
  }
  return lines.join('\n')
}

function formatShare(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
