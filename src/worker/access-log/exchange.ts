import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request and what became of it, for one line of the access log. */
export interface Exchange {
  readonly request: IncomingMessage
  /** None where the protocol was switched: the app then speaks on the socket itself. */
  readonly response: ServerResponse | undefined
  /** When it was over, in milliseconds since 1970. */
  readonly endedAt: number
  /** Milliseconds. */
  readonly duration: number
  /** The one that was sent, or {@link closedRequest}. */
  readonly status: number
  /** Bytes of the body that the app handed over, without headers and chunk framing. */
  readonly bytes: number
  /** The connection closed before the whole answer was written to it. */
  readonly aborted: boolean
}

/** nginx's status for a connection that closed before an answer began. Never sent. */
export const closedRequest = 499

/** An answered request, at the moment when its response closes. */
export function exchangeOf(response: ServerResponse, duration: number, bytes: number): Exchange {
  const { req: request, statusCode } = response
  const mayHaveBody = request.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
  return {
    request,
    response,
    endedAt: Date.now(),
    duration,
    status: response.headersSent ? statusCode : closedRequest,
    // What an app writes to an answer without body (RFC 9110, section 6.4.1), Node does not send.
    bytes: mayHaveBody ? bytes : 0,
    aborted: !response.writableFinished,
  }
}

/** The value of a header of the answer, as it was sent. */
export function responseHeader({ response }: Exchange, name: string): string | undefined {
  const sent: unknown = response && Reflect.get(response, '_header')
  // Node's own `getHeader` knows neither what is given to `writeHead` alone nor what Node adds.
  if (typeof sent !== 'string') return undefined
  const values = sent
    .split('\r\n')
    .filter((line) => line.slice(0, line.indexOf(':')).toLowerCase() === name)
    .map((line) => line.slice(name.length + 1).trim())
  return values.length > 0 ? values.join(', ') : undefined
}

/** The value of a header of the request; several are joined. */
export function requestHeader({ request }: Exchange, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
