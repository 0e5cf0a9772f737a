import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import type { TestContext } from 'node:test'
import tls from 'node:tls'
import { within } from './poll.js'
import type { Target } from './request.js'

/** What became of a stream. */
export interface StreamEnd {
  id: number
  /** `answered` in full; `refused` says that the server has done nothing with it, so that it can be tried again. */
  outcome: 'answered' | 'refused' | 'lost'
  status: number | undefined
  headers: http2.IncomingHttpHeaders
  body: string
  /** Of RST_STREAM; 0 for a stream that ended in order. */
  code: number
}

/** A session of a client that tries nothing again. */
export interface Http2Client {
  session: http2.ClientHttp2Session
  /** Whether the server has said that it takes no further stream. */
  isLeaving(): boolean
  /** The last stream that the server has said it answers. */
  lastStream(): number | undefined
  /** Begins a stream. */
  begin(path: string, headers?: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream
  /** One request and what becomes of it. */
  ask(path: string, headers?: http2.OutgoingHttpHeaders): Promise<StreamEnd>
  /** Resolves when the connection is over. */
  closed: Promise<unknown>
}

const refusedStream = http2.constants.NGHTTP2_REFUSED_STREAM

/** Opens a session, with TLS where the target speaks it; it ends with the test. `over` is a connection that is made already. */
export async function openSession(
  t: TestContext,
  target: Target & { url?: string },
  over?: net.Socket,
): Promise<Http2Client> {
  const isSecure = target.secure ?? target.url?.startsWith('https:') ?? false
  const where = target.socketPath ? { path: target.socketPath } : { host: '127.0.0.1', port: target.port }
  const socket = isSecure
    ? tls.connect({ ...(over ? { socket: over } : where), ALPNProtocols: ['h2'], rejectUnauthorized: false })
    : net.connect(where)
  t.after(() => socket.destroy())
  await within(once(socket, isSecure ? 'secureConnect' : 'connect'), { what: 'the client is connected' })
  const session = http2.connect('https://127.0.0.1', { createConnection: () => socket })
  let last: number | undefined
  session.on('error', () => {})
  session.on('goaway', (_code, id) => {
    last = id
  })
  const closed = new Promise((resolve) => session.once('close', resolve))

  const begin: Http2Client['begin'] = (path, headers = {}) => {
    const stream = session.request({ ':path': path, ...headers })
    stream.on('error', () => {})
    return stream
  }
  return {
    session,
    isLeaving: () => last !== undefined || session.closed || session.destroyed,
    lastStream: () => last,
    begin,
    ask: (path, headers) => endOf(begin(path, headers), () => last),
    closed,
  }
}

/** What becomes of a stream whose request is complete, or is being sent. */
export function endOf(
  stream: http2.ClientHttp2Stream,
  lastStream: () => number | undefined = () => undefined,
): Promise<StreamEnd> {
  let headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {}
  let body = ''
  let isWhole = false
  // Its close tells all there is to know.
  stream.on('error', () => {})
  stream.setEncoding('utf8')
  stream.on('response', (received) => {
    headers = received
  })
  stream.on('data', (chunk: string) => {
    body += chunk
  })
  stream.on('end', () => {
    isWhole = true
  })
  return new Promise((resolve) => {
    stream.once('close', () => {
      const id = stream.id ?? 0
      const status = headers[':status']
      const code = stream.rstCode
      const isAnswered = isWhole && status !== undefined && code === 0
      const isRefused = code === refusedStream || id > (lastStream() ?? Number.POSITIVE_INFINITY)
      const outcome = isAnswered ? 'answered' : isRefused ? 'refused' : 'lost'
      resolve({ id, outcome, status, headers, body, code })
    })
  })
}
