import type { Server } from 'node:net'

/** What Node has the handles of streams do, listening sockets included: these are begun and ended in the same way. */
interface Pollable {
  readStart(): number
  readStop(): number
}

/**
 * Has the event loop look for new connections at a listening socket that was inherited, or no longer. Both take about a
 * tenth of a microsecond. Closed servers are left alone.
 *
 * libuv polls a listening socket as it does one that is read from, and marks one opened from a descriptor as readable; so to begin
 * and end reading begins and ends the polling, and what a new connection sets off stays as `listen` has made it.
 */
export function pollForConnections(server: Server, isWanted: boolean): void {
  const handle: unknown = Reflect.get(server, '_handle')
  if (!isPollable(handle)) return
  // Reading can be ended only after it was begun; to begin it twice is refused and harmless.
  handle.readStart()
  if (!isWanted) handle.readStop()
}

function isPollable(handle: unknown): handle is Pollable {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'readStart' in handle &&
    typeof handle.readStart === 'function' &&
    'readStop' in handle &&
    typeof handle.readStop === 'function'
  )
}
