import { durationBounds } from '../ipc/counts.js'

/**
 * The duration in seconds below which this share of the observations lie, as far as buckets tell: within the bucket they
 * are taken to be spread evenly. Above the last bound it is that bound. Undefined of nothing.
 *
 * @param counts - observations in each bucket alone
 */
export function quantile(share: number, counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const rank = share * total
  let below = 0
  for (const [index, count] of counts.entries()) {
    const upper = durationBounds[index]
    if (upper === undefined) break
    if (count > 0 && below + count >= rank) {
      const lower = durationBounds[index - 1] ?? 0
      return lower + (upper - lower) * ((rank - below) / count)
    }
    below += count
  }
  return durationBounds.at(-1)
}
