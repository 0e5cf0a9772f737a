/** Where the work stands. */
export interface Standing {
  done: number
  /** Since the start, in milliseconds. */
  elapsed: number
  /** The part that is done, from 0 to 1; undefined where the length of the inputs is not known. */
  part: number | undefined
}

/**
 * Whether the way from `before` to `now` items done deserves a line. As joblib does it, lines come at growing distances,
 * closer with a higher verbosity; above 10 there is one each time.
 */
export function deservesLine(before: number, now: number, verbose: number): boolean {
  if (verbose <= 0 || now === before) return false
  if (verbose > 10) return true
  const scale = (11 - verbose) ** 2 / 2
  return Math.floor(Math.sqrt(now / scale)) > Math.floor(Math.sqrt(before / scale)) || before === 0
}

/** The time that is still needed at this pace, in milliseconds. */
export function remaining({ elapsed, part }: Standing): number | undefined {
  return part === undefined || part <= 0 ? undefined : (elapsed * (1 - part)) / part
}

/** One line such as `[nworkers, 4 jobs] 120 done | elapsed: 1.2 s | remaining: 3.4 s`. */
export function progressLine(jobs: number, standing: Standing): string {
  const left = remaining(standing)
  const percent = standing.part === undefined ? '' : `, ${Math.floor(standing.part * 100)} %`
  const parts = [
    `[nworkers, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}] ${standing.done} done${percent}`,
    `elapsed: ${writeTime(standing.elapsed)}`,
    ...(left === undefined ? [] : [`remaining: ${writeTime(left)}`]),
  ]
  return parts.join(' | ')
}

/** `1.2 s` or `3.4 min`. */
export function writeTime(milliseconds: number): string {
  const seconds = milliseconds / 1000
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`
}
