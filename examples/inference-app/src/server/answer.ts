import type { IncomingMessage, ServerResponse } from 'node:http'

/** What is sent back, as JSON. */
export interface Answer {
  status: number
  body: object
  headers?: Record<string, string>
}

/** How long the rest of a body that nobody wants is thrown away, in milliseconds. */
const discardTime = 2000

/** Sends an answer, unless the client has gone away. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return
  const text = `${JSON.stringify(answer.body)}\n`
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...answer.headers,
  }
  if (request.complete) {
    response.writeHead(answer.status, headers).end(text)
    return
  }
  response.writeHead(answer.status, { ...headers, connection: 'close' }).write(text)
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
