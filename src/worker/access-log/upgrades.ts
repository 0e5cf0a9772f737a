import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { closedRequest, type Exchange } from './exchange.js'

/**
 * Follows requests that switch protocols, or are tunnels: they get no response, and the app answers on the socket itself.
 * The exchange is told when the connection closes, with the status that was written on it.
 */
export function followUpgrades(server: Server, tell: (exchange: Exchange) => void): void {
  const events = ['upgrade', 'connect'] as const

  function follow(request: IncomingMessage, socket: Socket): void {
    const startedAt = performance.now()
    const before = socket.bytesWritten
    const status = readStatus(socket)
    // So that it is still known when the socket has closed.
    void socket.remoteAddress
    socket.on('close', () =>
      tell({
        request,
        response: undefined,
        endedAt: Date.now(),
        duration: performance.now() - startedAt,
        status: status() ?? closedRequest,
        bytes: socket.bytesWritten - before,
        aborted: status() === undefined,
      }),
    )
  }

  for (const event of events) if (server.listenerCount(event) > 0) server.prependListener(event, follow)
  // A listener of ours alone would make Node take every such request for one that the app upgrades.
  server.on('newListener', (event: string | symbol, listener: unknown) => {
    const known = events.find((candidate) => candidate === event)
    if (known && listener !== follow && !server.listeners(known).includes(follow)) server.on(known, follow)
  })
}

/** Reads the status line of what is written first on the socket. */
function readStatus(socket: Socket): () => number | undefined {
  const { write, end } = socket
  let status: number | undefined

  function look(chunk: unknown): void {
    Object.assign(socket, { write, end })
    const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? chunk.toString('latin1', 0, 16) : ''
    const digits = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
    if (digits !== undefined) status = Number(digits)
  }

  socket.write = (...details: unknown[]): boolean => {
    look(details[0])
    return Reflect.apply(write, socket, details)
  }
  socket.end = (...details: unknown[]) => {
    look(details[0])
    return Reflect.apply(end, socket, details)
  }
  return () => status
}
