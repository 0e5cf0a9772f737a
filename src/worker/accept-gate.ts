import type { Connections } from './connections.js'
import { descriptorLimit, openDescriptors } from './descriptors.js'
import type { Listeners } from './listeners.js'

/** The share of the free descriptors that connections may take; the app needs others, often one for each request. */
const connectionShare = 0.75

/** A worker that has stopped accepting begins again below this share of its limit. */
const resumeShare = 0.9

/** Milliseconds between two looks whether there is room again. */
const lookEvery = 20

/** Connections that a worker may have open so that its descriptors suffice. */
export function connectionsByDescriptors(limit = descriptorLimit(), open = openDescriptors()): number {
  return Math.max(1, Math.floor((limit - open) * connectionShare))
}

/**
 * Stops accepting while so many connections are open. They stay in the kernel's queue, where a worker with room takes
 * them; Node's `maxConnections`, and running out of descriptors, would reset them.
 *
 * @param askForListeners - the listening sockets are wanted again
 */
export function limitConnections(
  connections: Connections,
  listeners: Listeners,
  most: number,
  askForListeners: () => void,
): void {
  const resumeBelow = Math.max(1, most * resumeShare)
  connections.onAccept = () => {
    if (connections.sockets.size < most || !listeners.pause()) return
    const timer = setInterval(() => {
      if (connections.sockets.size >= resumeBelow) return
      clearInterval(timer)
      askForListeners()
    }, lookEvery)
    timer.unref()
  }
}
