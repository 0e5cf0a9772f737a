import type { Socket } from 'node:net'
import type { Listeners } from './listeners.js'

/** Has a worker whose answers hold the event loop accept one connection at a time. */
export interface AcceptPace {
  /** A connection was accepted. */
  accepted(socket: Socket): void
  /** An answer begins on it; null where it waits behind another one, or has none. */
  answered(socket: Socket | null): void
  /** From now on it accepts all there is: nobody else will. */
  release(): void
}

/**
 * Milliseconds for which the request on a new connection is waited for. Answers that hold the loop for less on average
 * are not paced, so the worker never accepts more slowly than it answers.
 */
export const longestWait = 2

/**
 * libuv accepts a connection in each turn of the loop, beside reading what has come on those before. So a worker that is
 * back from a handler takes two or three that are queued, before the request of the first one holds it again; and these
 * wait, although another worker may become idle. With this it leaves what comes to the others from when it has accepted one
 * until the answer there begins, unless the request is late.
 *
 * @param heldOnAverage - how long answers hold the loop lately, in milliseconds
 */
export function createAcceptPace(
  listeners: Pick<Listeners, 'standBack' | 'proceed'>,
  heldOnAverage: () => number,
): AcceptPace {
  let awaited: Socket | undefined
  let due = 0
  let isReleased = false
  const timer = setTimeout(lookAtTime, longestWait).unref()

  /** Timers count from the beginning of a turn, and one that was held long has begun long ago. */
  function lookAtTime(): void {
    if (awaited === undefined) return
    if (performance.now() < due) timer.refresh()
    else proceed()
  }

  function proceed(): void {
    awaited = undefined
    listeners.proceed()
  }

  return {
    accepted(socket) {
      if (isReleased || heldOnAverage() < longestWait) return
      awaited = socket
      due = performance.now() + longestWait
      timer.refresh()
      listeners.standBack()
    },
    answered(socket) {
      if (socket === awaited) proceed()
    },
    release() {
      isReleased = true
      clearTimeout(timer)
      if (awaited !== undefined) proceed()
    },
  }
}
