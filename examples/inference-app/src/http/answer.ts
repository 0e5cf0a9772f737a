import type { IncomingMessage, ServerResponse } from 'node:http'

/** What is sent back. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** How long the rest of a body that nobody wants is thrown away, in milliseconds. */
const discardTime = 2000

/** An answer of JSON. */
export function json(status: number, value: object, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(value)}\n`,
  }
}

/** Sends an answer, unless the client has gone away. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return
  const { status, body } = answer
  const headers = { ...answer.headers, 'content-length': Buffer.byteLength(body) }
  if (request.complete) {
    response.writeHead(status, headers).end(body)
    return
  }
  response.writeHead(status, { ...headers, connection: 'close' }).write(body)
  discardRest(request, response)
}

/**
 * The answer came before the end of the body. Closing a socket with unread bytes resets it, and the reset may reach the
 * client before the answer: so what still comes is thrown away, for a limited time, before the connection is closed.
 */
function discardRest(request: IncomingMessage, response: ServerResponse): void {
  const finish = () => {
    clearTimeout(deadline)
    response.end()
  }
  const deadline = setTimeout(finish, discardTime)
  request.once('close', finish)
  request.once('end', finish)
  request.resume()
}
