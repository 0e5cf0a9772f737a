import { privateMemory } from '../machine/memory.js'
import type { Settings } from '../settings/settings.js'
import type { FleetEvent } from './fleet/event.js'
import type { Reason } from './fleet/state.js'

/** How much a worker may do before a fresh one takes its place; infinity where nothing limits it. */
export interface Allowance {
  requests: number
  /** Bytes of private memory. */
  memory: number
  /** Milliseconds since it was spawned. */
  lifetime: number
}

/** Watches workers and tells when one has used up its allowance. */
export interface Recycler {
  watch(id: number, pid: number, allowance: Allowance): void
  /** The requests that a worker has answered so far. */
  count(id: number, requests: number): void
  forget(id: number): void
}

/** Milliseconds between two looks at the memory of the workers. */
const sampleEvery = 2_000

/** Samples in a row over the limit: a peak that garbage collection takes back is no reason. */
const samplesInARow = 3

/** By this share the lifetimes of the slots differ, so that workers started together do not end together. */
const stagger = 0.1

/** The allowance of a worker in this slot. */
export function allowanceOf(
  settings: Pick<Settings, 'maxRequests' | 'maxRequestsJitter' | 'maxMemory' | 'maxLifetime'>,
  place: { slot: number; count: number },
  random: () => number = Math.random,
): Allowance {
  const { maxRequests, maxRequestsJitter, maxMemory, maxLifetime } = settings
  const limit = (value: number) => (value > 0 ? value : Number.POSITIVE_INFINITY)
  const jitter = Math.floor(random() * (maxRequestsJitter + 1))
  const share = 1 - (stagger * (place.slot % place.count)) / place.count
  return {
    requests: limit(maxRequests) + jitter,
    memory: limit(maxMemory),
    lifetime: limit(maxLifetime) * share,
  }
}

/** A recycler that tells the fleet. Its timers keep no process alive. */
export function createRecycler(tell: (event: FleetEvent) => void, memoryOf = sampleMemory): Recycler {
  interface Watched {
    pid: number
    allowance: Allowance
    samplesOver: number
    timer: NodeJS.Timeout | undefined
  }
  const watched = new Map<number, Watched>()
  let sampler: NodeJS.Timeout | undefined

  const recycle = (id: number, reason: Reason) => tell({ type: 'recycle', id, reason })

  function sampleAll(): void {
    for (const [id, worker] of watched) {
      if (worker.allowance.memory === Number.POSITIVE_INFINITY) continue
      memoryOf(worker.pid)
        .then((bytes) => {
          worker.samplesOver = bytes > worker.allowance.memory ? worker.samplesOver + 1 : 0
          if (worker.samplesOver >= samplesInARow && watched.has(id)) recycle(id, 'max-memory')
        })
        // The worker has gone; its exit is about to be seen.
        .catch(() => {})
    }
  }

  return {
    watch(id, pid, allowance) {
      const { lifetime, memory } = allowance
      const limited = lifetime !== Number.POSITIVE_INFINITY
      const timer = limited ? setTimeout(() => recycle(id, 'max-lifetime'), lifetime).unref() : undefined
      watched.set(id, { pid, allowance, samplesOver: 0, timer })
      if (memory !== Number.POSITIVE_INFINITY) sampler ??= setInterval(sampleAll, sampleEvery).unref()
    },
    count(id, requests) {
      const worker = watched.get(id)
      if (worker && requests >= worker.allowance.requests) recycle(id, 'max-requests')
    },
    forget(id) {
      clearTimeout(watched.get(id)?.timer)
      watched.delete(id)
      if (watched.size > 0) return
      clearInterval(sampler)
      sampler = undefined
    },
  }
}

/** Private memory where the system tells it, else what pidusage says: resident memory. */
async function sampleMemory(pid: number): Promise<number> {
  const bytes = privateMemory(pid)
  if (bytes !== undefined) return bytes
  const { default: pidusage } = await import('pidusage')
  return (await pidusage(pid)).memory
}
