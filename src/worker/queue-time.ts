import type { IncomingMessage } from 'node:http'
import { durationBounds, type Histogram } from '../ipc/counts.js'
import { firstHeader } from './first-header.js'

/** More is a header of another kind, or a clock gone wrong. Milliseconds. */
const longest = 24 * 3_600_000

/** How far the proxy's clock may be ahead of ours, in milliseconds. */
const clockSkew = 10_000

const headerName = 'x-request-start'

/**
 * Milliseconds that a request waited before this worker began with it, from its `X-Request-Start`: `t=` and then seconds
 * (nginx: `t=${msec}`), milliseconds (Heroku, without `t=`) or microseconds (Apache: `%t`) since 1970. A time slightly
 * ahead counts as no wait; undefined where there is no header, or no sense in it.
 *
 * @param now - when the worker began with it, as `Date.now()` tells it
 */
export function queueTimeOf({ rawHeaders }: IncomingMessage, now: number): number | undefined {
  const text = firstHeader(rawHeaders, headerName)
  return text === undefined ? undefined : timeSince(text, now)
}

function timeSince(text: string, now: number): number | undefined {
  const started = parseRequestStart(text)
  if (started === undefined) return undefined
  const waited = now - started
  return waited > longest || waited < -clockSkew ? undefined : Math.max(0, waited)
}

/** The time in milliseconds since 1970. Its size tells its unit: as another unit it would be centuries away. */
export function parseRequestStart(text: string): number | undefined {
  const digits = /^(?:t=)?(\d{9,16}(?:\.\d{1,9})?)$/.exec(text.trim())?.[1]
  if (digits === undefined) return undefined
  const value = Number(digits)
  if (value < 1e11) return value * 1000
  return value < 1e14 ? value : value / 1000
}

/** Counts queue times of requests. Those without the header, which are most, cost no look at the clock. */
export interface QueueTimes {
  /** A request begins. */
  begin(request: IncomingMessage): void
  /** The counts so far. */
  read(): Histogram
}

/** Nothing counted yet. */
export function createQueueTimes(): QueueTimes {
  const counts = new Array<number>(durationBounds.length + 1).fill(0)
  let sum = 0

  function begin({ rawHeaders }: IncomingMessage): void {
    const text = firstHeader(rawHeaders, headerName)
    const waited = text === undefined ? undefined : timeSince(text, Date.now())
    if (waited === undefined) return
    const seconds = waited / 1000
    const bucket = durationBounds.findIndex((bound) => seconds <= bound)
    const index = bucket < 0 ? durationBounds.length : bucket
    counts[index] = (counts[index] ?? 0) + 1
    sum += seconds
  }

  return { begin, read: () => ({ counts: [...counts], sum }) }
}
