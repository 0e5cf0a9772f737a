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

/** Has the worker accept, or not. Connections that it does not accept stay in the kernel's queue for others. */
export interface AcceptGate {
  /** Accepts nothing until this is so; it is asked some fifty times a second. Changes nothing while it is shut. */
  shut(mayOpen: () => boolean): void
}

/** @param askForListeners - the listening sockets are wanted again */
export function createAcceptGate(listeners: Listeners, askForListeners: () => void): AcceptGate {
  return {
    shut(mayOpen) {
      if (!listeners.pause()) return
      const timer = setInterval(() => {
        if (!mayOpen()) return
        clearInterval(timer)
        askForListeners()
      }, lookEvery)
      timer.unref()
    },
  }
}

/**
 * Stops accepting while so many connections are open; to be called whenever one was accepted. A worker with room takes what
 * comes then; Node's `maxConnections`, and running out of descriptors, would reset it.
 */
export function limitConnections(connections: Connections, gate: AcceptGate, most: number): () => void {
  const resumeBelow = Math.max(1, most * resumeShare)
  return () => {
    if (connections.sockets.size >= most) gate.shut(() => connections.sockets.size < resumeBelow)
  }
}
