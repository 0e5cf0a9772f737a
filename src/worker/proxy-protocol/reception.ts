import { type Server, Socket } from 'node:net'
import type { Logger } from '../../observe/logger.js'
import { sparing } from '../../observe/sparing.js'
import { among } from '../../sockets/networks.js'
import { type Ends, type Found, findHeader } from './header.js'

/** How long a header may take to come, in milliseconds; the protocol wants at least 3 s, for a packet sent again. */
const deadline = 5_000

/** Milliseconds between two lines of the log about headers that were not taken. */
const logEvery = 10_000

const refusal = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** What came of waiting for a header. */
type Outcome = Exclude<Found, { kind: 'part' }> | { kind: 'late' | 'gone' }

/**
 * From now on a connection from an allowed peer reaches the listeners of the server, TLS included, only after a header of
 * the PROXY protocol, and then has the addresses that this tells. The protocol leaves no choice here: a peer that sends
 * one always sends one, or its clients could send their own. Others are served as they are, but may not send a header.
 *
 * `emit` is shadowed, since a listener could not keep the others from being called.
 *
 * @param accept - is told of each connection at once
 */
export function receiveProxyHeaders(
  server: Server,
  { allowFrom, accept, log }: { allowFrom: readonly string[]; accept: (socket: Socket) => void; log: Logger },
): void {
  const isAllowed = among(allowFrom)
  const complain = sparing(log.warning, logEvery)
  const known = new WeakMap<object, Ends>()
  const { emit } = server

  server.emit = (event: string | symbol, ...details: unknown[]): boolean => {
    const [socket] = details
    if (event !== 'connection' || !(socket instanceof Socket))
      return Reflect.apply(emit, server, [event, ...details])
    accept(socket)
    receive(socket)
    return true
  }
  // Only a server with TLS has this event. The encrypted socket holds the other and asks the system itself.
  server.prependListener('secureConnection', (socket: Socket) => {
    const ends = known.get(Reflect.get(socket, '_parent') ?? {})
    if (ends) tellEnds(socket, ends)
  })

  function receive(socket: Socket): void {
    const peer = socket.remoteAddress
    // A connection over TCP without a peer was reset already.
    if (peer === undefined && socket.localAddress !== undefined) {
      socket.destroy()
      return
    }
    const name = peer ?? 'a unix socket'
    awaitHeader(socket, (outcome) => {
      if (outcome.kind === 'gone') socket.destroy()
      else if (isAllowed(peer)) welcome(socket, outcome, name)
      else if (outcome.kind === 'none' || outcome.kind === 'late') pass(socket)
      else {
        complain(`PROXY: a header from ${name} was refused, since --proxy-allow-from does not name it.`)
        socket.end(refusal)
        socket.destroySoon()
      }
    })
  }

  function welcome(socket: Socket, outcome: Outcome, name: string): void {
    if (outcome.kind !== 'header') {
      complain(`PROXY: a connection from ${name} was closed: ${describe(outcome)}.`)
      socket.destroy()
      return
    }
    if (outcome.ends) {
      known.set(socket, outcome.ends)
      tellEnds(socket, outcome.ends)
    }
    pass(socket)
  }

  function pass(socket: Socket): void {
    Reflect.apply(emit, server, ['connection', socket])
    // Whoever has it now listens for itself.
    socket.removeListener('error', ignore)
  }
}

function describe(outcome: Outcome): string {
  if (outcome.kind === 'malformed') return `its header is malformed, ${outcome.reason}`
  return outcome.kind === 'none' ? 'it began without a header' : `no header came within ${deadline / 1000} s`
}

/** Tells once what a connection begins with. What follows a header, or all if there is none, is to be read from it anew. */
function awaitHeader(socket: Socket, tell: (outcome: Outcome) => void): void {
  let received: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => settle({ kind: 'late' }), deadline)

  function look(): void {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const found = findHeader(received)
    if (found.kind !== 'part') settle(found)
  }

  function settle(outcome: Outcome): void {
    clearTimeout(timer)
    socket.removeListener('readable', look)
    socket.removeListener('end', leave)
    socket.removeListener('close', leave)
    const rest = outcome.kind === 'header' ? received.subarray(outcome.length) : received
    if (rest.length > 0 && outcome.kind !== 'gone') socket.unshift(rest)
    tell(outcome)
  }

  function leave(): void {
    settle({ kind: 'gone' })
  }

  socket.on('readable', look)
  socket.on('end', leave)
  socket.on('close', leave)
  socket.on('error', ignore)
}

/** The connection is from now on the one that the client has made to the proxy. */
function tellEnds(socket: Socket, { family, source, destination }: Ends): void {
  const told = {
    remoteAddress: source.address,
    remotePort: source.port,
    remoteFamily: family,
    localAddress: destination.address,
    localPort: destination.port,
    localFamily: family,
  }
  for (const [name, value] of Object.entries(told))
    Object.defineProperty(socket, name, { value, configurable: true })
}

function ignore(): void {}
