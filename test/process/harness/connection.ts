import { once } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import { poll } from './poll.js'
import type { Target } from './request.js'

/** A connection on which a test says the bytes itself. */
export interface Connection {
  send(part: string | Buffer): void
  received(): string
  /** Resolves when so many answers have begun to come. */
  answers(count: number): Promise<string>
  /** Resolves when the server closed: `end` in order, or the error's code, such as `ECONNRESET`. */
  closed: Promise<string>
  isClosed(): boolean
  /** Closes it from this side. */
  destroy(): void
}

/** Opens a raw connection; it is closed after the test. */
export async function connect(t: TestContext, target: Target): Promise<Connection> {
  const socket = target.socketPath ? net.connect(target.socketPath) : net.connect(target.port, '127.0.0.1')
  t.after(() => socket.destroy())
  let text = ''
  let how = 'end'
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  await once(socket, 'connect')
  socket.on('error', (error: NodeJS.ErrnoException) => {
    how = error.code ?? error.message
  })
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(how)))
  return {
    send: (part) => socket.write(part),
    received: () => text,
    answers: async (count) => {
      await poll(() => text.split('HTTP/1.1 ').length - 1 >= count, {
        what: `${count} answers on a raw connection`,
      })
      return text
    },
    closed,
    isClosed: () => socket.closed,
    destroy: () => void socket.destroy(),
  }
}

/** The bytes of a GET request. */
export function getRequest(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`
}
