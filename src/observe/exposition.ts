import type { MetricFamily } from '../ipc/metrics.js'

/** The content type of {@link exposition}. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Prometheus' text format of our metrics and the app's. What an app's metrics are is its own affair: if no text can be
 * made of them they are left out.
 *
 * @param ofApp - what each worker has told; their values become one
 */
export async function exposition(own: MetricFamily[], ofApp: MetricFamily[][]): Promise<string> {
  const { AggregatorRegistry } = await import('prom-client').then((module) => module.default)
  const textOf = (sources: MetricFamily[][]) => AggregatorRegistry.aggregate(sources).metrics()
  try {
    return await textOf([own, ...ofApp])
  } catch {
    return await textOf([own])
  }
}
