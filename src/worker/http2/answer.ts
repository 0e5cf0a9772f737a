import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http2'
import { hearRequests } from '../connections.js'
import { StreamConnection } from './stream-connection.js'

/** What Node's response has beside what its types tell. */
interface Internals {
  _storeHeader(firstLine: string, headers: unknown): void
  chunkedEncoding: boolean
  /** Nothing follows on the connection, which ends with this answer. */
  _last: boolean
}

/**
 * From now on the body of an answer to a request that came by HTTP/2 is not framed: the frames of HTTP/2 do that. To be called before anybody else listens for requests.
 */
export function speakOfHttp2(server: Server): void {
  const { _storeHeader: storeHeader } = ServerResponse.prototype as unknown as Internals

  function storeUnframed(this: Internals, firstLine: string, headers: unknown): void {
    Reflect.apply(storeHeader, this, [firstLine, headers])
    this.chunkedEncoding = false
    this._last = true
  }

  function prepare(request: IncomingMessage, response: ServerResponse): void {
    const connection: unknown = request.socket
    if (!(connection instanceof StreamConnection)) return
    Reflect.set(response, '_storeHeader', storeUnframed)
    connection.response = response
  }

  hearRequests(server, prepare)
}

/** Those that speak of the connection (RFC 9113, section 8.2.2). */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** The status and the headers of an answer of HTTP/1.1, in the form of HTTP/2. */
export function translateAnswer(head: string): OutgoingHttpHeaders & { ':status': number } {
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers: OutgoingHttpHeaders & { ':status': number } = { ':status': Number(statusLine.slice(9, 12)) }
  for (const [name, value] of lines.map(splitLine)) {
    if (ofConnection.has(name)) continue
    const before = headers[name]
    if (name === 'set-cookie') headers[name] = [...(Array.isArray(before) ? before : []), value]
    else headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

/** The trailers of an answer, as Node would write them after the last chunk. */
export function translateTrailers(text: string): OutgoingHttpHeaders {
  return Object.fromEntries(
    text
      .split('\r\n')
      .filter((line) => line !== '')
      .map(splitLine),
  )
}

function splitLine(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
