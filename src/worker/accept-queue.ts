import type { Server } from 'node:http'

/**
 * Waits until a whole turn of the event loop brought no connection: then what the kernel had queued is accepted, since
 * libuv accepts one connection a turn from each listening socket.
 *
 * @param most - gives up after this many: no more can have been queued when the wait began
 * @param isOver - asked every turn; ends the wait
 */
export function acceptQueued(server: Server, most: number, isOver: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let accepted = 0
    let acceptedBefore = -1
    const count = () => {
      accepted++
    }
    server.on('connection', count)
    const turn = () => {
      if (accepted === acceptedBefore || accepted > most || isOver()) {
        server.removeListener('connection', count)
        resolve()
        return
      }
      acceptedBefore = accepted
      setImmediate(turn)
    }
    // The first turn may be past its poll already.
    setImmediate(() => setImmediate(turn))
  })
}
