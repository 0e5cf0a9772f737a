/** A metric with all its values, in the shape that prom-client gives and takes as JSON. */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  /** How values of several workers become one. */
  readonly aggregator: string
  readonly values: readonly MetricValue[]
}

/** One value. */
export interface MetricValue {
  readonly value: number
  readonly labels: Readonly<Partial<Record<string, string | number>>>
  /** Where it differs from that of the family: `_bucket`, `_sum` and `_count`. */
  readonly metricName?: string
}
