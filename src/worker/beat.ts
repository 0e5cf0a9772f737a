import type { Histogram } from '../ipc/counts.js'
import type { BeatMessage } from '../ipc/messages.js'
import type { WorkerSettings } from '../settings/settings.js'
import type { Connections } from './connections.js'

/** Milliseconds between two beats at the most; where the number of workers follows the load, a burst is to be seen soon. */
const longestPause = { usually: 1_000, autoscaled: 500 }

/** So many beats fit into the silence after which a worker counts as hung. */
const beatsPerTimeout = 4

/** Milliseconds between two beats. */
export function beatInterval({
  timeout,
  maxWorkers,
}: Pick<WorkerSettings, 'timeout' | 'maxWorkers'>): number {
  const longest = maxWorkers === undefined ? longestPause.usually : longestPause.autoscaled
  return timeout > 0 ? Math.min(longest, timeout / beatsPerTimeout) : longest
}

/**
 * Milliseconds between two looks at the event loop. Each one wakes the process, so they are as few as will do. Node's own
 * monitor of the delay is no cheaper for this, and blind for a while after each reset.
 */
const lookEvery = 100

/**
 * Tells the arbiter at this interval that the event loop turns, and what it is busy with. Does not keep the process
 * alive. `send` says by its callback when the message is gone.
 *
 * @returns tells it once more, out of turn
 */
export function startBeat(
  { connections, queueTimes }: { connections: Connections; queueTimes: () => Histogram },
  interval: number,
  send: (beat: BeatMessage, done: () => void) => void,
): () => void {
  let lookedAt = performance.now()
  let longestDelay = 0
  let utilization = performance.eventLoopUtilization()
  let isSending = false

  function look(): void {
    const now = performance.now()
    longestDelay = Math.max(longestDelay, now - lookedAt - lookEvery)
    lookedAt = now
  }

  function beat(): void {
    // An arbiter that does not read is told no more than one beat at a time.
    if (isSending) return
    isSending = true
    look()
    connections.prune()
    const current = performance.eventLoopUtilization()
    const message: BeatMessage = {
      type: 'beat',
      requests: connections.answered,
      counts: connections.counts(),
      inFlight: connections.inFlight.size,
      connections: connections.sockets.size,
      accepted: connections.accepted,
      loopDelayMs: Math.round(longestDelay),
      // Of two beats in the same moment the second one has none.
      utilization: performance.eventLoopUtilization(current, utilization).utilization || 0,
      queueTimes: queueTimes(),
    }
    utilization = current
    longestDelay = 0
    send(message, () => {
      isSending = false
    })
  }

  setInterval(look, lookEvery).unref()
  setInterval(beat, interval).unref()
  return beat
}
