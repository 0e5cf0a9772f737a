import { IncomingMessage, type Server, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

const refusal = { status: 431, text: 'Request Header Fields Too Large' }

/** Events that hand a request to the app, those included that hand it the connection too. */
const events: ReadonlySet<string | symbol> = new Set([
  'request',
  'checkContinue',
  'checkExpectation',
  'upgrade',
  'connect',
])

/**
 * Refuses requests with more headers than this; 0 is any number. Node's own limit just leaves out those above it, and
 * neither the app nor the client learns that a header was lost.
 */
export function limitHeaders(server: Server, most: number): void {
  // With one more than may be, too many can be told from just as many.
  server.maxHeadersCount = most === 0 ? 0 : most + 1
  if (most === 0) return
  const { emit } = server
  server.emit = (event: string | symbol, ...details: unknown[]): boolean => {
    const [request, answer] = details
    const isTooMuch =
      events.has(event) && request instanceof IncomingMessage && request.rawHeaders.length > 2 * most
    if (!isTooMuch) return Reflect.apply(emit, server, [event, ...details])
    refuse(answer)
    return true
  }
}

/** @param answer - a response, or the connection where the request wants another protocol */
function refuse(answer: unknown): void {
  const { status, text } = refusal
  if (answer instanceof ServerResponse) {
    answer.shouldKeepAlive = false
    answer.writeHead(status, text).end()
  } else if (answer instanceof Duplex) {
    answer.on('error', () => {})
    answer.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\n\r\n`)
  }
}
