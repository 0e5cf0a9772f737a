import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Connections } from './connections.js'
import { deferRequests } from './deferral.js'
import { findBetweenRequests } from './idle.js'

/** Tells clients that their connection ends. */
export interface Farewell {
  /** Ends an idle connection; what may still come on it is not handled, so the client can safely try it again. */
  close(socket: Socket): void
}

/**
 * From now on each answer whose headers are not sent says `Connection: close`, also where the app says something else,
 * as proxies do that copy headers. Node ends the connection after it. There are three exceptions, whose connection
 * becomes idle instead:
 *
 * - another request on the same connection waits for its answer, or has begun to come: the last answer says it;
 * - the request's body is still coming: closing would reset a client that is sending, before it reads the answer;
 * - a switch of protocols.
 *
 * Sessions of HTTP/2 take no further stream, but one that has had none yet takes its first.
 *
 * @param onRequest - called for each request that comes from now on, and when the end of an idle session is told
 */
export function sayFarewell(connections: Connections, onRequest: (socket: Socket) => void): Farewell {
  const ending = new WeakSet<Socket>()
  const newest = new WeakMap<Socket, ServerResponse>()
  let betweenRequests: ReadonlySet<object> | undefined

  function admit(request: IncomingMessage, response: ServerResponse): boolean {
    // RFC 9112, section 9.6: after "close" no further request on the connection is processed.
    if (ending.has(request.socket)) return false
    connections.admit(request, response)
    expect(response)
    onRequest(request.socket)
    return true
  }

  function expect(response: ServerResponse): void {
    const { socket } = response.req
    if (newest.get(socket) === response) return
    newest.set(socket, response)
    if (!response.headersSent) sayClose(response)
  }

  function sayClose(response: ServerResponse): void {
    const { writeHead } = response
    response.writeHead = (...details: unknown[]): ServerResponse => {
      const isLast = Number(details[0]) >= 200 && isLastAnswer(response)
      const result: ServerResponse = Reflect.apply(
        writeHead,
        response,
        isLast ? closing(response, details) : details,
      )
      if (isLast) ending.add(response.req.socket)
      return result
    }
  }

  function isLastAnswer(response: ServerResponse): boolean {
    const { socket, complete } = response.req
    return complete && newest.get(socket) === response && isBetweenRequests(socket)
  }

  /** The search costs more the more connections are open, so it is made once for all answers of about one turn. */
  function isBetweenRequests(socket: Socket): boolean {
    if (betweenRequests === undefined) {
      betweenRequests = findBetweenRequests(connections)
      setImmediate(() => {
        betweenRequests = undefined
      })
    }
    return betweenRequests.has(socket)
  }

  for (const response of connections.inFlight.members()) expect(response)
  for (const session of connections.sessions.values()) session.leaveAfterOne()
  connections.onSession = (session) => session.leaveAfterOne()
  for (const server of connections.servers) deferRequests(server, admit)
  return {
    close(socket) {
      const session = connections.sessions.get(socket)
      if (session && !session.isLeaving) {
        session.leave()
        // Its client learns of that before the connection is gone.
        onRequest(socket)
        return
      }
      ending.add(socket)
      socket.destroySoon()
    },
  }
}

/**
 * The arguments of `writeHead`, with the headers changed so that Node writes `Connection: close`. They may be a list:
 * names and values in turn, or pairs.
 */
function closing(response: ServerResponse, details: unknown[]): unknown[] {
  response.shouldKeepAlive = false
  if (response.hasHeader('connection')) response.setHeader('Connection', 'close')
  return details.map((detail) =>
    typeof detail === 'object' && detail !== null ? withoutConnection(detail) : detail,
  )
}

function withoutConnection(headers: object): object {
  if (!Array.isArray(headers)) {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !isConnection(name)))
  }
  if (headers.some(Array.isArray)) return headers.filter((pair: unknown[]) => !isConnection(pair[0]))
  const name = (index: number) => headers[index - (index % 2)]
  return headers.filter((_, index) => !isConnection(name(index)))
}

function isConnection(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === 'connection'
}
