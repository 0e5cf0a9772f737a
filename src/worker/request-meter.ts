import type { ServerResponse } from 'node:http'
import { durationBounds, outcomes, type RequestCounts } from '../ipc/counts.js'

/** Counts requests by outcome and duration. It is part of every request, so it allocates nothing. */
export interface RequestMeter {
  /** A request is over, after this many milliseconds. */
  count(response: ServerResponse, milliseconds: number): void
  /** The counts so far. */
  read(): RequestCounts
}

const boundsInMilliseconds = durationBounds.map((seconds) => seconds * 1000)
const aborted = outcomes.indexOf('aborted')

export function createRequestMeter(): RequestMeter {
  const byOutcome = outcomes.map(() => 0)
  const buckets = [...durationBounds, 0].map(() => 0)
  let total = 0

  return {
    count({ headersSent, statusCode }, milliseconds) {
      // Node refuses a status below 100, and one above 599 has no class but the worst.
      const outcome = headersSent ? Math.min(Math.floor(statusCode / 100), aborted) - 1 : aborted
      byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1
      let bucket = 0
      while (milliseconds > (boundsInMilliseconds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
      total += milliseconds
    },
    read: () => ({
      outcomes: [...byOutcome],
      durations: { counts: [...buckets], sum: total / 1000 },
    }),
  }
}
