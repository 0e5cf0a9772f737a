/**
 * Milliseconds of the machine's monotonic clock, which every process on it reads alike: the times that workers note
 * can be compared with the driver's.
 */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

/** What to add to a time of `performance.now()` of this process to get one of `now()`. */
export const clockOffset = now() - performance.now()
