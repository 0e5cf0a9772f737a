import type { Connections } from './connections.js'

/** Milliseconds between two looks whether a full worker accepts again. */
const lookEvery = 20

/**
 * Waits until a whole turn of the event loop brought no connection: then what the kernel had queued is accepted, since
 * libuv accepts one connection a turn from each listening socket.
 *
 * @param isPaused - whether nothing is accepted at the moment; such turns say nothing of the queue
 * @param most - gives up after this many: no more can have been queued when the wait began
 * @param isOver - asked every turn; ends the wait
 */
export function acceptQueued(
  connections: Pick<Connections, 'accepted'>,
  { most, isPaused, isOver }: { most: number; isPaused: () => boolean; isOver: () => boolean },
): Promise<void> {
  return new Promise((resolve) => {
    const start = connections.accepted
    let before = Number.NaN
    const turn = () => {
      const { accepted } = connections
      if (isPaused() && !isOver()) {
        before = Number.NaN
        setTimeout(turn, lookEvery)
        return
      }
      if (accepted === before || accepted - start > most || isOver()) {
        resolve()
        return
      }
      before = accepted
      setImmediate(turn)
    }
    // The first turn may be past its poll already.
    setImmediate(() => setImmediate(turn))
  })
}
