import type { WorkerProcess } from '../worker-process.js'
import type { LastBeat } from './examine.js'

/** Finds out where workers are, and keeps what each has last said of itself for the case that it can't be asked. */
export interface Lookout {
  /** A worker has told how many requests it is answering. */
  heard(id: number, inFlight: number): void
  forget(id: number): void
  /**
   * Where a worker is, in lines for a reader; it goes on, its inspector stays open. None where there is no such worker any
   * more.
   */
  lookAt(id: number): Promise<string[]>
}

/** @param processOf - the process of a worker while it is there, by the fleet's ids */
export function createLookout(processOf: (id: number) => WorkerProcess | undefined): Lookout {
  const beats = new Map<number, LastBeat>()
  return {
    heard: (id, inFlight) => beats.set(id, { at: performance.now(), inFlight }),
    forget: (id) => beats.delete(id),
    async lookAt(id) {
      const worker = processOf(id)
      if (worker?.pid === undefined) return []
      // Loaded only now: its client would bring Node's HTTP into every arbiter.
      const { examine } = await import('./examine.js')
      const { pid, openInspector } = worker
      return examine({ pid, openInspector, lastBeat: beats.get(id) })
    },
  }
}
