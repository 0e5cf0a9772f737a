/**
 * Tells the pool that a task is no longer wanted. Of Node's AbortController it has only what the pool needs: one is
 * made for each chunk, and Node's costs more than sending a small chunk does.
 */
export interface Cancellation {
  aborted: boolean
  /** What an abort does; set by the pool. */
  listener: (() => void) | undefined
  once(event: string, listener: () => void): void
  off(): void
  abort(): void
}

export function createCancellation(): Cancellation {
  return { aborted: false, listener: undefined, once, off, abort }
}

function once(this: Cancellation, _event: string, listener: () => void): void {
  this.listener = listener
}

function off(this: Cancellation): void {
  this.listener = undefined
}

function abort(this: Cancellation): void {
  this.aborted = true
  this.listener?.()
}
