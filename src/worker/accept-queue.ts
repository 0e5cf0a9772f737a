import type { Connections } from './connections.js'

/**
 * Waits until a whole turn of the event loop brought no connection: then what the kernel had queued is accepted, since
 * libuv accepts one connection a turn from each listening socket.
 *
 * @param most - gives up after this many: no more can have been queued when the wait began
 * @param isOver - asked every turn; ends the wait
 */
export function acceptQueued(
  connections: Pick<Connections, 'accepted'>,
  most: number,
  isOver: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const start = connections.accepted
    let before = Number.NaN
    const turn = () => {
      const { accepted } = connections
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
