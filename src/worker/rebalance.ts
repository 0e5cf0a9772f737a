import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Connections } from './connections.js'
import { findBetweenRequests } from './idle.js'
import { isAloneInChunk } from './request-chunk.js'

/** Ends connections whose clients are served sooner by another worker. */
export interface Rebalance {
  begin(request: IncomingMessage, now: number): void
  /**
   * Ends so many connections from now on, each after its next answer; what was asked before is forgotten.
   *
   * @param onEnd - one of them ends
   */
  even(surplus: number, onEnd: () => void): void
  /** How long answers have held the event loop lately, in milliseconds; those that did for less than the limit count as 0. */
  heldOnAverage(): number
  /** Is called whenever an answer begins. */
  onAnswer: (response: ServerResponse) => void
  /** Looks at the answers on these connections from now on. */
  follow(connections: Connections): void
}

/** By so much of its difference each answer changes the average. */
const weight = 1 / 32

/**
 * Ends the connection after an answer that held the event loop for long. Who serves a connection is decided once, when it
 * is accepted; so requests on the others of this worker waited meanwhile, although other workers may have been idle. A
 * connection that is made anew goes to an idle one. That costs more than a cheap request takes, and much less than such
 * a wait.
 *
 * The loop was held if it was not idle between an answer and what came before it: the last request that began, or the last
 * answer that was looked at. While a handler waits, the loop is idle; on a busy loop other requests come in between.
 *
 * @param after - how long the loop must have been held, in milliseconds
 */
export function startRebalance(after: number): Rebalance {
  let since = 0
  let idleBefore = 0
  let average = 0
  let toEnd = 0
  let onEnd = () => {}
  let mayEnd = (_response: ServerResponse): boolean => false

  function wasHeld(): boolean {
    const held = timeHeld()
    average += (held - average) * weight
    return held > 0
  }

  /** Milliseconds, and 0 if they are fewer than the limit. */
  function timeHeld(): number {
    const now = performance.now()
    if (now - since < after) return 0
    const idle = performance.nodeTiming.idleTime
    const held = now - since - (idle - idleBefore)
    since = now
    idleBefore = idle
    return held >= after ? held : 0
  }

  // For all responses of this process, and for good: a wrapper on each would cost more.
  const { writeHead } = ServerResponse.prototype
  ServerResponse.prototype.writeHead = function judged(this: ServerResponse, ...details: unknown[]) {
    if ((toEnd > 0 || wasHeld()) && Number(details[0]) >= 200 && this.shouldKeepAlive && mayEnd(this)) {
      this.shouldKeepAlive = false
      if (toEnd > 0) {
        toEnd--
        onEnd()
      }
    }
    rebalance.onAnswer(this)
    return Reflect.apply(writeHead, this, details)
  }

  const rebalance: Rebalance = {
    begin(_request, now) {
      since = now
      idleBefore = performance.nodeTiming.idleTime
    },
    even(surplus, ended) {
      toEnd = surplus
      onEnd = ended
    },
    heldOnAverage: () => average,
    onAnswer: () => {},
    follow(connections) {
      mayEnd = (response) => connections.inFlight.has(response) && isWorthEnding(response, connections)
    },
  }
  return rebalance
}

/**
 * Whether the end of the connection helps somebody and harms nobody: other connections are open here; this one is not
 * encrypted, since the beginning of such a connection holds the loop itself; and its client has sent nothing beyond this
 * request.
 */
function isWorthEnding(response: ServerResponse, connections: Connections): boolean {
  const { req: request } = response
  const { socket } = request
  if (connections.sockets.size < 2 || 'encrypted' in socket) return false
  for (const other of connections.inFlight.members()) {
    if (other !== response && other.req.socket === socket) return false
  }
  return request.complete ? findBetweenRequests(connections).has(socket) : isAloneInChunk(request)
}
