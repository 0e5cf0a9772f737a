import type { Service } from './service.js'

/** Milliseconds after which the client of an ended connection is usually back. */
const returnsWithin = 50

/** Milliseconds for which a worker accepts nothing at the most: others may be busier than they were. */
const longestPause = 250

/**
 * Has a worker give up so many of its connections. As soon as one has ended it leaves what comes to the others for a
 * moment: its process is awake, so it would be the first to accept the same clients again.
 */
export function giveUpSurplus(service: Service | undefined, surplus: number): void {
  if (!service?.rebalance) return
  const latest = performance.now() + longestPause
  let endedAt = 0
  service.rebalance.even(surplus, () => {
    endedAt = performance.now()
    if (endedAt >= latest) return
    service.gate.shut(() => performance.now() >= Math.min(latest, endedAt + returnsWithin))
  })
}
