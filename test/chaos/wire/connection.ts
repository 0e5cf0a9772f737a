import net from 'node:net'
import { now } from '../clock.js'

/** What a client saw going wrong. `lost` says that the connection broke, and not that an answer was wrong. */
export class WireError extends Error {
  readonly lost: boolean

  constructor(message: string, lost = false) {
    super(message)
    this.lost = lost
  }
}

/** A TCP connection that is read as far as one wants and no further: what is not taken slows the sender down. */
export interface Connection {
  /** Of this end: under this number the worker that accepted the connection has noted it. */
  readonly port: number
  /** When this end began to connect, in milliseconds of the machine's clock. */
  readonly begunAt: number
  /** When it saw the connection established. */
  readonly openedAt: number
  /** Bytes received and taken. */
  readonly taken: number
  /** Resolves when there is room for more. */
  write(data: string | Buffer): Promise<void>
  /** The next bytes, at most so many. Like all that reads it throws a `WireError` when the connection ends first. */
  some(most: number): Promise<Buffer>
  /** The next so many bytes. */
  bytes(count: number): Promise<Buffer>
  /** The next bytes as far as this text, as text without it. */
  until(end: string): Promise<string>
  /** Throws a `WireError` unless the server ends the connection in order, with nothing more sent. */
  end(): Promise<void>
  /** Whether it can still be used, as far as is known. */
  isOpen(): boolean
  /** Ends it from this side; whoever reads or writes gets this error. */
  close(reason?: WireError): void
}

/** Received bytes that are kept at most before the sender is slowed down. */
const buffered = 131_072

/** Connects; throws a `WireError` when that fails or takes longer than so many milliseconds. */
export function openConnection(port: number, deadline: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const begunAt = now()
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new WireError(`not connected within ${deadline} ms`))
    }, deadline)
    const refuse = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      reject(new WireError(`connect ${error.code ?? error.message}`))
    }
    socket.once('error', refuse)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', refuse)
      resolve(wrap(socket, begunAt))
    })
  })
}

function wrap(socket: net.Socket, begunAt: number): Connection {
  let pending: Buffer = Buffer.alloc(0)
  let taken = 0
  let ended = false
  let failure: WireError | undefined
  let wake = () => {}

  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    if (pending.length > buffered) socket.pause()
    wake()
  })
  socket.on('end', () => {
    ended = true
    wake()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= new WireError(error.code ?? error.message, true)
    wake()
  })
  socket.on('close', () => {
    ended = true
    wake()
  })

  function change(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve
    })
  }

  /** Waits for the bytes that `find` wants: it says how many it has found, or -1. */
  async function take(find: () => number): Promise<Buffer> {
    for (;;) {
      const count = find()
      if (count >= 0) {
        const part = pending.subarray(0, count)
        pending = pending.subarray(count)
        taken += count
        if (socket.isPaused() && pending.length <= buffered) socket.resume()
        return part
      }
      if (failure) throw failure
      if (ended) throw new WireError(`closed with ${pending.length} bytes of an unfinished answer`, true)
      await change()
    }
  }

  const connection: Connection = {
    port: socket.localPort ?? 0,
    begunAt,
    openedAt: now(),
    get taken() {
      return taken
    },
    async write(data) {
      if (failure) throw failure
      if (!socket.write(data)) {
        socket.once('drain', () => wake())
        while (socket.writableNeedDrain && !failure && !ended) await change()
      }
    },
    some: (most) => take(() => (pending.length > 0 ? Math.min(most, pending.length) : -1)),
    bytes: (count) => take(() => (pending.length >= count ? count : -1)),
    async until(end) {
      const part = await take(() => {
        const found = pending.indexOf(end)
        return found < 0 ? -1 : found + end.length
      })
      return part.toString('latin1', 0, part.length - end.length)
    },
    async end() {
      while (!ended && !failure && pending.length === 0) await change()
      if (failure) throw failure
      if (pending.length > 0) throw new WireError(`${pending.length} bytes after the end`)
    },
    isOpen: () => !ended && !failure && !socket.destroyed,
    close(reason) {
      failure ??= reason
      socket.destroy()
      wake()
    },
  }
  return connection
}
