import { Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Connections } from './connections.js'

/**
 * The connections that wait for a request: nothing of one has come, and no answer is being sent.
 * Half a request is not idle, and neither is an upgraded connection.
 */
export function findIdle(connections: Connections): Socket[] {
  const { sockets, sessions, inFlight } = connections
  const busy = new Set<Socket>()
  for (const { req } of inFlight.members()) busy.add(req.socket)
  const betweenRequests = findBetweenRequests(connections)
  return sockets.members().filter((socket) => {
    if (socket.destroyed) return false
    const session = sessions.get(socket)
    if (session) return session.open === 0
    // Before Node 26 a connection without a first byte is not between two requests.
    return !busy.has(socket) && (socket.bytesRead === 0 || betweenRequests.has(socket))
  })
}

/**
 * The connections whose parser stands between two requests: nothing has come of a request beyond those in flight.
 *
 * Only Node's parser knows that, and the one thing it does with the knowledge is `closeIdleConnections`, which destroys
 * these connections, save those whose answer has not ended. So for that one synchronous call the answers in flight claim
 * to have ended, and `destroy` only takes note. It is replaced where all streams have it from, because on a thousand
 * connections that is much cheaper than on each, and none can be missed.
 */
export function findBetweenRequests({ servers, inFlight }: Connections): Set<Duplex> {
  const found = new Set<Duplex>()
  const claiming: ServerResponse[] = []
  for (const response of inFlight.members()) {
    if (response.finished) continue
    response.finished = true
    claiming.push(response)
  }
  const { prototype } = Duplex
  const { destroy } = prototype
  prototype.destroy = function takeNote(this: Duplex) {
    found.add(this)
    return this
  }
  try {
    // Not the server's own method: the app may have wrapped that.
    for (const server of servers) Server.prototype.closeIdleConnections.call(server)
  } finally {
    prototype.destroy = destroy
    for (const response of claiming) response.finished = false
  }
  return found
}
