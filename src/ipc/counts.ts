/** Upper bounds of the buckets of a histogram of durations, in seconds; a last bucket without a bound follows. */
export const durationBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** A histogram of durations. */
export interface Histogram {
  /** Observations in each bucket alone, in the order of {@link durationBounds}, then those above all bounds. */
  readonly counts: readonly number[]
  /** Seconds, over all observations. */
  readonly sum: number
}

/** What can become of a request: the class of its status, or its connection ended before an answer began. */
export const outcomes = ['1xx', '2xx', '3xx', '4xx', '5xx', 'aborted'] as const

/** The requests that a worker has answered since it started. */
export interface RequestCounts {
  /** In the order of {@link outcomes}. */
  readonly outcomes: readonly number[]
  readonly durations: Histogram
}

/** Counts of no requests at all. */
export const noRequests: RequestCounts = {
  outcomes: outcomes.map(() => 0),
  durations: { counts: [...durationBounds, 0].map(() => 0), sum: 0 },
}
