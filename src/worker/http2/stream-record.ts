import { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'

/** How a session tells of a stream; the raw headers are names and values in turn. */
export type StreamEvent = [
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: string[],
]

/**
 * A stream that the app's own server of `node:http2` answers, as request and response that are counted and logged. They
 * only take note: the app has other objects, or the stream itself.
 */
export function recordOf(
  socket: Socket,
  ...[stream, headers, , rawHeaders]: StreamEvent
): { request: IncomingMessage; response: ServerResponse } {
  const request = new IncomingMessage(socket)
  request.method = headers[':method'] ?? ''
  request.url = headers[':path'] ?? ''
  request.httpVersion = '2.0'
  request.httpVersionMajor = 2
  request.httpVersionMinor = 0
  request.rawHeaders = plainHeaders(headers, rawHeaders)
  request.headers = headers
  const response = new ServerResponse(request)
  stream.once('close', () => {
    const { sentHeaders } = stream
    if (stream.headersSent) {
      response.statusCode = Number(sentHeaders[':status'])
      // From where the headers of an answer are read that Node has written.
      Reflect.set(response, '_header', writeHeaders(sentHeaders))
    }
    response.finished = stream.rstCode === 0
    response.emit('close')
  })
  return { request, response }
}

/** With the name of the host as HTTP/1.1 has it. */
function plainHeaders({ ':authority': authority }: IncomingHttpHeaders, raw: readonly string[]): string[] {
  const plain = authority === undefined ? [] : ['host', authority]
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2)
    if (!name.startsWith(':')) plain.push(name, value)
  }
  return plain
}

function writeHeaders(headers: OutgoingHttpHeaders): string {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`))
    .join('')
}
