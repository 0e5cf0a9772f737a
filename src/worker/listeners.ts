import type { Server } from 'node:http'
import net from 'node:net'
import type { InheritedListener } from '../ipc/messages.js'
import { pollForConnections } from './polling.js'

/** The listening sockets of a worker. */
export interface Listeners {
  /** The most connections that the kernel can have queued for them. */
  readonly longestQueue: number
  /** Whether it has stopped accepting, for now or for good. */
  isPaused(): boolean
  /** Whether this inherited socket is one of them. */
  has(fd: number): boolean
  /** Stops accepting until `resume`. Gives whether anything was open. */
  pause(): boolean
  /** Accepts again from a copy of the socket that was inherited as `fd`. One that comes too late is closed. */
  resume(handle: { close(): void }, fd: number): void
  /** Accepts nothing until `proceed`, and keeps the sockets: for a moment, since it is not told by `isPaused`. */
  standBack(): void
  proceed(): void
  /** Stops accepting for good. Connections that are open stay so, idle ones included. A second call changes nothing. */
  close(): void
}

/** An address that a worker could not listen at. */
export class ListenError extends Error {
  readonly code: string
  readonly url: string

  constructor(url: string, cause: NodeJS.ErrnoException) {
    super(cause.message, { cause })
    this.code = cause.code ?? 'UNKNOWN'
    this.url = url
  }
}

/** How a server sets up the connections it accepts, under the names it keeps the options by. */
const connectionOptions = ['allowHalfOpen', 'noDelay', 'keepAlive', 'keepAliveInitialDelay', 'highWaterMark']

/**
 * Accepts connections for the server from every inherited socket.
 *
 * The server itself listens at the first one, if it does not already, so that `address()` in the app tells the truth and Node's checks of slow
 * requests run (Node 20 starts them only then). A server can listen once, so the others get a plain server that hands its
 * connections on by the event that Node's manual names for it.
 *
 * @param backlog - as an argument of its own: inside the options Node ignores it beside `fd`. Each call sets it anew for
 * the queue that all workers share.
 * @throws ListenError
 */
export async function listenAll(
  server: Server,
  inherited: readonly InheritedListener[],
  backlog: number,
): Promise<Listeners> {
  const closing = closeTogether(server)
  let isClosed = false
  let open: net.Server[] = []

  const [first, ...others] = inherited
  if (first) {
    if (server.listening) setBacklog(server, backlog)
    else await listen(server, first, backlog)
    open.push(closing.follow(server))
  }
  for (const listener of others) {
    const relay = relayTo(server)
    await listen(relay, listener, backlog)
    open.push(closing.follow(relay))
  }

  function pause(): boolean {
    closing.intercept()
    if (!isClosed) seemListening(server, () => !isClosed)
    const servers = open
    open = []
    for (const listening of servers) {
      // Not http.Server's own close: that one resets idle connections, up to Node 26 at once, and stops the checks.
      net.Server.prototype.close.call(listening)
    }
    return servers.length > 0
  }

  return {
    longestQueue: backlog * inherited.length,
    isPaused: () => open.length === 0,
    has: (fd) => inherited.some((listener) => listener.fd === fd),
    pause,
    resume(handle) {
      if (isClosed) {
        handle.close()
        return
      }
      const relay = relayTo(server)
      relay.listen(handle, backlog)
      open.push(closing.follow(relay))
    },
    standBack() {
      for (const listening of open) pollForConnections(listening, false)
    },
    proceed() {
      for (const listening of open) pollForConnections(listening, true)
    },
    close() {
      if (isClosed) return
      isClosed = true
      makeCloseHarmless(server)
      pause()
      closing.begin()
    },
  }
}

/** The listening sockets of several servers as those of one. */
export function joinListeners(parts: readonly Listeners[]): Listeners {
  return {
    longestQueue: parts.reduce((sum, { longestQueue }) => sum + longestQueue, 0),
    isPaused: () => parts.every((part) => part.isPaused()),
    has: (fd) => parts.some((part) => part.has(fd)),
    pause: () => parts.map((part) => part.pause()).includes(true),
    resume(handle, fd) {
      const part = parts.find((candidate) => candidate.has(fd))
      if (part) part.resume(handle, fd)
      else handle.close()
    },
    standBack() {
      for (const part of parts) part.standBack()
    },
    proceed() {
      for (const part of parts) part.proceed()
    },
    close() {
      for (const part of parts) part.close()
    },
  }
}

/** Has a server go on to say that it listens: it is its worker that accepts by other means. */
function seemListening(server: Server, isListening: () => boolean): void {
  if (Object.hasOwn(server, 'listening')) return
  const address = server.address()
  server.address = () => (isListening() ? address : null)
  Object.defineProperty(server, 'listening', { get: isListening, configurable: true })
}

/** A plain server that treats connections as the app's server would. */
function relayTo(server: Server): net.Server {
  const relay = net.createServer((socket) => server.emit('connection', socket))
  for (const option of connectionOptions) {
    if (Reflect.has(server, option)) Reflect.set(relay, option, Reflect.get(server, option))
  }
  return relay
}

/** The closing of several servers as one. */
interface Closing {
  /** One more that must have closed. */
  follow(one: net.Server): net.Server
  /** From now on the close of one of them is not told to the app. */
  intercept(): void
  /** The app is to be told when all have closed. */
  begin(): void
}

/**
 * A server knows the connections of its own socket only, and closes with the last of these, while others may still be
 * served or it may only have paused. The app is told once, when all has ended for good.
 */
function closeTogether(server: Server): Closing {
  const unclosed = new Set<net.Server>()
  let isIntercepting = false
  let hasBegun = false
  let tell = () => {}

  const tellIfOver = () => {
    if (hasBegun && unclosed.size === 0) tell()
  }
  const closed = (one: net.Server) => {
    unclosed.delete(one)
    tellIfOver()
  }
  return {
    follow(one) {
      unclosed.add(one)
      if (one !== server) one.once('close', () => closed(one))
      return one
    },
    intercept() {
      // Not before it is needed: the way of every request goes through here.
      if (isIntercepting) return
      isIntercepting = true
      const { emit } = server
      tell = () => void Reflect.apply(emit, server, ['close'])
      server.emit = (event: string | symbol, ...details: unknown[]): boolean => {
        if (event !== 'close') return Reflect.apply(emit, server, [event, ...details])
        closed(server)
        return true
      }
    },
    begin() {
      hasBegun = true
      if (unclosed.size === 0) setImmediate(tellIfOver)
    },
  }
}

/**
 * The clean-up of an app usually closes its server. Node would make an error of that, since the server is closed already,
 * and would reset idle connections if it comes early. So it succeeds, as soon as the connections have ended.
 */
function makeCloseHarmless(server: Server): void {
  let ended = false
  server.once('close', () => {
    ended = true
  })
  server.close = (callback) => {
    if (callback && ended) process.nextTick(callback)
    else if (callback) server.once('close', () => callback())
    return server
  }
}

/** A script could not give the backlog together with the socket; a further call of the system's listen sets it anew. */
function setBacklog(server: Server, backlog: number): void {
  const handle: unknown = Reflect.get(server, '_handle')
  if (
    typeof handle === 'object' &&
    handle !== null &&
    'listen' in handle &&
    typeof handle.listen === 'function'
  )
    handle.listen(backlog)
}

function listen(server: net.Server, { fd, url }: InheritedListener, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(new ListenError(url, error))
    server.once('error', failed)
    server.listen({ fd }, backlog, () => {
      server.removeListener('error', failed)
      resolve()
    })
  })
}
