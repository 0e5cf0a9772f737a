import { type Fleet, slotOf, type Trend, type Worker } from './state.js'

/** What is asked of the workers at a moment. */
export interface Load {
  /** Workers that serve. */
  readonly workers: number
  /** How busy they are together, in workers that are wholly busy. */
  readonly demand: number
  /** Connections that wait to be accepted. */
  readonly queued: number
}

/** Nothing is known of the load, or nothing of what it was counts any more. */
export const noTrend: Trend = { busySince: undefined, calmSince: undefined, peak: 0 }

/** A worker that says nothing for this long is wholly busy, in milliseconds: it would have beaten twice. */
const silentAfter = 1_000

/**
 * The load of a fleet, if it tells anything: not while a slot is empty, boots or has to make up for a death, nor before
 * every worker has told how busy it is.
 */
export function loadOf(fleet: Fleet, queued: number): Load | undefined {
  const utilizations: number[] = []
  const slots = new Set<number>()
  for (const worker of fleet.workers.values()) {
    if (worker.state !== 'ready') continue
    const utilization = utilizationOf(worker, fleet.now)
    if (utilization === undefined || slotOf(fleet, worker.slot).failures > 0) return undefined
    utilizations.push(utilization)
    slots.add(worker.slot)
  }
  if (slots.size < fleet.target || slots.size === 0) return undefined
  const demand = utilizations.reduce((sum, utilization) => sum + utilization, 0)
  return { workers: utilizations.length, demand, queued }
}

function utilizationOf({ utilization, beatAt }: Worker, now: number): number | undefined {
  return now - beatAt >= silentAfter ? 1 : utilization
}
