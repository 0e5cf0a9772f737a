/** The place of a worker among the others. */
export interface WorkerContext {
  /** Its number, from 0 on; kept by its successors, so for a moment of a reload two workers have the same. */
  slot: number
  /** The start or reload that it belongs to, from 1 on. */
  generation: number
  /** How many workers were wanted when it was started. */
  count: number
}

/**
 * The place of the worker that this code runs in, or undefined where no worker of nworkers runs it: `node server.js`, a
 * test. Processes that a worker starts inherit its environment, and with that its place.
 */
export function workerContext(): WorkerContext | undefined {
  const {
    NWORKERS_WORKER_SLOT: slot,
    NWORKERS_WORKER_GENERATION: generation,
    NWORKERS_WORKER_COUNT: count,
  } = process.env
  if (slot === undefined || generation === undefined || count === undefined) return undefined
  return { slot: Number(slot), generation: Number(generation), count: Number(count) }
}
