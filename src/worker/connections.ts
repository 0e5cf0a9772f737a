import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import { Socket } from 'node:net'
import { nameOfServer } from '../app/node-server.js'
import type { RequestCounts } from '../ipc/counts.js'
import { followSession, type Session } from './http2/session.js'
import { recordOf, type StreamEvent } from './http2/stream-record.js'
import { createLinkedList, type Members } from './linked-list.js'
import { createRequestMeter } from './request-meter.js'

/** What a worker has open. */
export interface Connections {
  /** The servers that are followed. */
  readonly servers: readonly Server[]
  /** Every open socket, upgraded ones included: Node forgets those. */
  readonly sockets: Members<Socket>
  /** The sessions of those that speak HTTP/2. */
  readonly sessions: ReadonlyMap<Socket, Session>
  /** Responses that are not finished. */
  readonly inFlight: Members<ServerResponse>
  /** Requests whose response has ended, one way or the other. */
  readonly answered: number
  /** These requests by outcome and duration. */
  counts(): RequestCounts
  /** Counts a request; a second time changes nothing. */
  admit(request: IncomingMessage, response: ServerResponse): void
  /** Takes note of an open socket; a second time changes nothing. */
  accept(socket: Socket): void
  /** Sockets that were accepted so far. */
  readonly accepted: number
  /** Is called whenever one was. */
  onAccept: (socket: Socket) => void
  /** Forgets responses whose connection is gone. */
  prune(): void
  /** Forgets all responses, because the process ends. */
  abandon(): void
  /** Follows the connections and requests of a server from now on. */
  follow(server: Server): void
  /** Is called whenever the last open socket has closed. */
  onEmpty: () => void
  /** Is called for each session that begins. */
  onSession: (session: Session) => void
}

/** Learns of each request of a server. */
export interface RequestWatch {
  /** A request is about to be handed to the app, at this time of `performance.now()`. */
  begin(request: IncomingMessage, now: number): void
  /** Its response has ended, or its connection has gone, after this many milliseconds. */
  end?(response: ServerResponse, duration: number): void
}

/** Events that hand a request to the app. The latter two only occur when somebody listens. */
export const requestEvents = ['request', 'checkContinue', 'checkExpectation'] as const

/** Has a listener hear of a server's requests before all that listen now. */
export function hearRequests(
  server: Server,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  // Where nobody listens for requests, a server of node:http2 would begin to make some of its streams.
  const always = nameOfServer(server) === 'HTTP/2 server' ? undefined : 'request'
  for (const event of requestEvents) {
    if (event === always || server.listenerCount(event) > 0) server.prependListener(event, listener)
  }
}

/** Keeps track of the connections of all servers that it is told to follow. */
export function trackConnections(watches: readonly RequestWatch[] = []): Connections {
  const servers: Server[] = []
  const sockets = createLinkedList<Socket, undefined>()
  const sessions = new Map<Socket, Session>()
  /** With the times of `performance.now()` at which their requests came. */
  const inFlight = createLinkedList<ServerResponse, number>()
  const meter = createRequestMeter()
  let answered = 0
  let newest: Socket | undefined
  let accepted = 0

  function admit(request: IncomingMessage, response: ServerResponse): void {
    if (inFlight.has(response)) return
    const now = performance.now()
    inFlight.add(response, now)
    for (const watch of watches) watch.begin(request, now)
    response.on('close', responseClosed)
  }

  // One function for all responses: a closure for each would be the dearest part of a small request.
  function responseClosed(this: ServerResponse): void {
    forget(this)
  }

  function forget(response: ServerResponse): void {
    const since = inFlight.remove(response)
    if (since === undefined) return
    answered++
    const duration = performance.now() - since
    meter.count(response, duration)
    for (const watch of watches) watch.end?.(response, duration)
  }

  /** Up to Node 22 a response that waits behind an earlier one never closes when its connection does. */
  function prune(): void {
    for (const response of inFlight.members()) if (response.req.socket.destroyed) forget(response)
  }

  function abandon(): void {
    for (const response of inFlight.members()) forget(response)
  }

  function socketClosed(this: Socket): void {
    sockets.remove(this)
    sessions.delete(this)
    if (sockets.size === 0) connections.onEmpty()
  }

  const connections: Connections = {
    servers,
    sockets,
    sessions,
    inFlight,
    get answered() {
      return answered
    },
    counts: meter.read,
    admit,
    accept,
    get accepted() {
      return accepted
    },
    onAccept: () => {},
    prune,
    abandon,
    follow,
    onEmpty: () => {},
    onSession: () => {},
  }

  function accept(socket: Socket): void {
    newest = socket
    if (sockets.has(socket)) return
    admitSocket(socket)
    accepted++
    connections.onAccept(socket)
  }

  function admitSocket(socket: Socket): void {
    sockets.add(socket, undefined)
    newest = socket
    socket.on('close', socketClosed)
  }

  function follow(server: Server): void {
    servers.push(server)
    // Before the app's own listeners, which may end the connection or the request.
    server.prependListener('connection', accept)
    // Only a server with TLS has this event. From then on requests are those of the encrypted socket, which holds the other.
    server.prependListener('secureConnection', (socket: Socket) => {
      if (!sockets.has(socket)) admitSocket(socket)
      const encrypted: unknown = Reflect.get(socket, '_parent')
      if (encrypted instanceof Socket) sockets.remove(encrypted)
    })
    const isOwn = nameOfServer(server) === 'HTTP/2 server'
    // In the same turn in which its connection was followed. It has another object for its socket.
    server.on('session', (http2: ServerHttp2Session) => {
      const socket = newest
      newest = undefined
      if (socket === undefined) return
      const session = followSession(http2)
      sessions.set(socket, session)
      if (isOwn) {
        http2.prependListener('stream', (...opened: StreamEvent) => {
          const { request, response } = recordOf(socket, ...opened)
          admit(request, response)
        })
      }
      connections.onSession(session)
    })
    hearRequests(server, (request, response) => {
      // The streams of HTTP/2 are followed already.
      if (response instanceof ServerResponse) admit(request, response)
    })
  }

  return connections
}
