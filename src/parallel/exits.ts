import type { Tinypool } from 'tinypool'

type Worker = Tinypool['threads'][number]

interface ExitStatus {
  code?: unknown
  signal?: unknown
}

/** Knows how the pool's workers end. */
export interface Exits {
  /** Looks for workers that are new. */
  watch(): void
  /** How the worker ended whose tasks failed with this error: goes after "the worker". */
  reason(error: unknown): string
}

/**
 * The pool is told nothing of a thread that ends by `process.exit` and would wait for it for ever: here it is told.
 * Of a process it does not say how it ended: that is kept here.
 */
export function watchExits(pool: Tinypool): Exits {
  const known = new WeakSet<Worker>()
  const statuses = new WeakMap<object, ExitStatus>()

  function follow(worker: Worker): void {
    const status: ExitStatus = {}
    worker.once('error', (error: unknown) => {
      if (typeof error === 'object' && error !== null) statuses.set(error, status)
    })
    worker.once('exit', (code: unknown, signal: unknown) => {
      Object.assign(status, { code, signal })
      if (pool.threads.includes(worker)) worker.emit('error', new Error('called process.exit'))
    })
  }

  return {
    watch() {
      for (const worker of pool.threads) {
        if (known.has(worker)) continue
        known.add(worker)
        follow(worker)
      }
    },
    reason(error) {
      const status = typeof error === 'object' && error !== null ? statuses.get(error) : undefined
      if (typeof status?.signal === 'string') return `was killed by ${status.signal}`
      if (typeof status?.code === 'number') return `exited with code ${status.code}`
      return `ended with ${error instanceof Error ? error.message : String(error)}`
    },
  }
}
