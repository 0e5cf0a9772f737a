import type { ServerResponse } from 'node:http'
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { translateAnswer, translateTrailers } from './answer.js'
import { trailerLines, translateRequest } from './request-head.js'

/** What an app may ask of the connection of a request, and what only the whole session's connection can tell. */
const ofSession = [
  'remoteAddress',
  'remotePort',
  'remoteFamily',
  'localAddress',
  'localPort',
  'localFamily',
  'encrypted',
  'authorized',
  'authorizationError',
  'alpnProtocol',
  'servername',
  'getPeerCertificate',
  'getPeerX509Certificate',
  'getCertificate',
  'getCipher',
  'getProtocol',
  'address',
] as const

/** A stream as its session tells it. */
interface Opened {
  stream: ServerHttp2Stream
  headers: IncomingHttpHeaders
  flags: number
  rawHeaders: readonly string[]
  /** The connection of the session. */
  socket: TLSSocket
}

const headEnd = '\r\n\r\n'

/**
 * A stream of HTTP/2 as a connection of HTTP/1.1 with one request: what is read from it are the bytes of the request, and
 * what is written to it are those of the answer. Its end is the stream's and not the session's.
 */
export class StreamConnection extends Duplex {
  /** The connection of the session. */
  readonly parent: TLSSocket
  /** The answer to its request, as soon as there is one. */
  response: ServerResponse | undefined
  readonly #stream: ServerHttp2Stream
  #hasAnswered = false
  #trailers = ''

  /** Opens the stream for `take`, which reads the request; one that is none of HTTP/1.1 is refused. */
  static open(opened: Opened, take: (connection: Duplex) => void): void {
    const { stream, headers, flags, rawHeaders } = opened
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0
    const head = translateRequest(headers, rawHeaders, hasBody)
    // Its close tells all there is to know.
    stream.on('error', () => {})
    if (head === undefined) {
      // As RFC 9113, section 8.1.1, has it for malformed requests.
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
      return
    }
    const connection = new StreamConnection(opened)
    take(connection)
    connection.push(head.text, 'latin1')
    connection.#readBody(head.body === 'chunked')
  }

  private constructor({ stream, socket }: Opened) {
    super({ autoDestroy: false })
    this.#stream = stream
    this.parent = socket
    stream.on('close', () => this.destroy())
    stream.on('timeout', () => this.emit('timeout'))
  }

  #readBody(isChunked: boolean): void {
    const stream = this.#stream
    stream.on('data', (chunk: Buffer) => {
      if (!(isChunked ? this.#pushChunk(chunk) : this.push(chunk))) stream.pause()
    })
    stream.on('trailers', (_headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      this.#trailers = trailerLines(raw)
    })
    stream.on('end', () => {
      // A stream that is cut ends too.
      if (isChunked && !stream.aborted) this.push(`0\r\n${this.#trailers}\r\n`, 'latin1')
    })
  }

  #pushChunk(chunk: Buffer): boolean {
    this.push(`${chunk.length.toString(16)}\r\n`)
    this.push(chunk)
    return this.push('\r\n')
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const stream = this.#stream
    if (stream.closed || stream.destroyed) done()
    else if (this.#hasAnswered) stream.write(chunk, done)
    else this.#writeHead(chunk, done)
  }

  /** Node writes each head in one piece. Those below 200 come before the answer's own. */
  #writeHead(chunk: Buffer, done: (error?: Error | null) => void): void {
    const stream = this.#stream
    const end = chunk.indexOf(headEnd)
    const headers = translateAnswer(chunk.toString('latin1', 0, end))
    const rest = chunk.subarray(end + headEnd.length)
    if (end < 0) {
      done(new Error('What is written on the connection of a request is no answer of HTTP/1.1.'))
    } else if (headers[':status'] < 200) {
      stream.additionalHeaders(headers)
      if (rest.length > 0) this.#writeHead(rest, done)
      else done()
    } else {
      this.#hasAnswered = true
      this.#respond(headers)
      if (rest.length > 0 && !stream.writableEnded) stream.write(rest, done)
      else done()
    }
  }

  #respond(headers: ReturnType<typeof translateAnswer>): void {
    const stream = this.#stream
    const waitForTrailers = headers.trailer !== undefined
    stream.respond(headers, { waitForTrailers })
    if (!waitForTrailers) return
    stream.on('wantTrailers', () => {
      const text: unknown = this.response && Reflect.get(this.response, '_trailer')
      stream.sendTrailers(translateTrailers(typeof text === 'string' ? text : ''))
    })
  }

  override _final(done: (error?: Error | null) => void): void {
    const stream = this.#stream
    if (!this.#hasAnswered) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    if (stream.writableEnded || stream.closed) done()
    else stream.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const stream = this.#stream
    if (stream.writableEnded) stream.close()
    // To close it with the code of an error would end it in order first, and the client would take a part for the whole.
    else if (!stream.closed) stream.destroy(error ?? new Error('The answer was cut.'))
    done(error)
  }

  setTimeout(milliseconds: number, listener?: () => void): this {
    this.#stream.setTimeout(milliseconds)
    if (listener) this.once('timeout', listener)
    return this
  }

  // The connection of the session is none of a single request's business.
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

for (const name of ofSession) {
  Object.defineProperty(StreamConnection.prototype, name, {
    get(this: StreamConnection): unknown {
      const value: unknown = Reflect.get(this.parent, name)
      return typeof value === 'function' ? value.bind(this.parent) : value
    },
  })
}
