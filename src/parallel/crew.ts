import { fileURLToPath } from 'node:url'
import { createError } from '../errors.js'
import type { Cancellation } from './cancellation.js'
import type { Chunk, Reply } from './chunk.js'
import { watchExits } from './exits.js'
import { describeFailure, type Failure } from './failure.js'

export type Backend = 'threads' | 'processes'

/** How a chunk ended that no worker answered. */
export type Mishap =
  | { kind: 'died'; reason: string }
  /** The chunk can't be sent. */
  | { kind: 'refused'; failure: Failure }
  | { kind: 'cancelled' }

/** The workers, which are made when they are needed. */
export interface Crew {
  readonly jobs: number
  /** The functions that its workers have loaded, or are loading. */
  readonly loadings: Map<string, Promise<unknown>>
  /** Never rejects. An aborted chunk costs its worker, which may be amid anything. */
  run(chunk: Chunk, cancellation: Cancellation): Promise<Reply | Mishap>
  /** Ends all workers, whatever they do. */
  close(): Promise<void>
}

/** Node's timers take no more: workers are never ended for being idle. */
const forever = 2 ** 31 - 1
const closingDeadline = 5000
/** So many workers in a row may die before they have been given anything. */
const lostBootsAllowed = 10

/** A pool of so many threads or processes. The pool's code is loaded only here. */
export async function createCrew(jobs: number, backend: Backend): Promise<Crew> {
  const { Tinypool } = await import('tinypool')
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
    name: 'compute',
    runtime: backend === 'threads' ? 'worker_threads' : 'child_process',
    minThreads: 0,
    maxThreads: jobs,
    idleTimeout: forever,
    // A worker that waits on a lock runs no timers, so what a function leaves under way would stand still.
    useAtomics: false,
    serialization: 'advanced',
    // Processes would get no environment at all; threads share a copy of ours anyway.
    ...(backend === 'processes' && { env: definedOnly(process.env) }),
  })
  const exits = watchExits(pool)
  const alive = keepAlive()
  let closed = false
  let lostBoots = 0
  // A worker died before it had a task. What waits for it needs another.
  pool.on('error', () => {
    lostBoots++
    bringWorker()
  })
  /** The pool makes a worker only for a task that comes: one that waits already would wait for ever. */
  function bringWorker(): void {
    if (closed || lostBoots > lostBootsAllowed) return
    pool.run(nothing).then(undefined, () => {})
    exits.watch()
  }
  return {
    jobs,
    loadings: new Map(),
    async run(chunk, cancellation) {
      if (closed || cancellation.aborted) return { kind: 'cancelled' }
      if (lostBoots > lostBootsAllowed) return { kind: 'not loaded', failure: bootFailure() }
      alive.hold()
      try {
        const running: Promise<Reply> = pool.run(chunk, { signal: cancellation })
        exits.watch()
        const reply = await running
        lostBoots = 0
        return reply
      } catch (error) {
        if (pool.queueSize > 0) bringWorker()
        if (closed || cancellation.aborted) return { kind: 'cancelled' }
        if (error instanceof DOMException) return { kind: 'refused', failure: describeFailure(error) }
        return { kind: 'died', reason: exits.reason(error) }
      } finally {
        alive.release()
      }
    },
    async close() {
      if (closed) return
      closed = true
      alive.hold()
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closingDeadline)
      })
      await Promise.race([pool.destroy(), late])
      clearTimeout(timer)
      alive.release()
    },
  }
}

/** A chunk of nothing. */
const nothing: Chunk | undefined = undefined

function bootFailure(): Failure {
  return describeFailure(
    createError(
      'NWORKERS_E_BOOT',
      'No worker could be started. See whether the limits of memory and processes allow so many jobs.',
    ),
  )
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** The pool's workers do not hold the process while they boot; this does. */
function keepAlive(): { hold(): void; release(): void } {
  let holders = 0
  let timer: NodeJS.Timeout | undefined
  return {
    hold() {
      if (holders++ === 0) timer = setInterval(() => {}, forever)
    },
    release() {
      if (--holders === 0) clearInterval(timer)
    },
  }
}
