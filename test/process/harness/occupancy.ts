import type { TestContext } from 'node:test'
import { childrenOf, variableOf } from './processes.js'
import type { Server } from './server.js'

/** What was seen of the live processes of a server's workers. */
export interface Occupancy {
  looks: number
  /** The most processes in one slot. */
  inOneSlot: number
  most: number
  fewest: number
}

const interval = 10

/**
 * Looks at the live processes again and again until the test ends, and keeps the extremes. What the log says of them is
 * not asked: a test that is short of processor time reads it late.
 */
export function watchOccupancy(t: TestContext, server: Server): Occupancy {
  const seen: Occupancy = { looks: 0, inOneSlot: 0, most: 0, fewest: Number.POSITIVE_INFINITY }
  const timer = setInterval(() => {
    const workers = childrenOf(server.pid)
    const bySlot = new Map<string, number>()
    for (const pid of workers) {
      const slot = variableOf(pid, 'NWORKERS_WORKER_SLOT')
      if (slot !== undefined) bySlot.set(slot, (bySlot.get(slot) ?? 0) + 1)
    }
    seen.looks++
    seen.inOneSlot = Math.max(seen.inOneSlot, ...bySlot.values())
    seen.most = Math.max(seen.most, workers.length)
    seen.fewest = Math.min(seen.fewest, workers.length)
  }, interval)
  t.after(() => clearInterval(timer))
  return seen
}
