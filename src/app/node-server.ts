import { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'

/** Which of Node's servers of HTTP this is; undefined for anything else. */
export type NodeServerName = 'http.Server' | 'https.Server' | 'HTTP/2 server'

/** Goes by the shape of all but the first, so that TLS and HTTP/2 are not loaded for the question. */
export function nameOfServer(value: unknown): NodeServerName | undefined {
  if (value instanceof HttpServer) return 'http.Server'
  if (!(value instanceof NetServer)) return undefined
  if ('updateSettings' in value) return 'HTTP/2 server'
  return 'setSecureContext' in value && 'closeIdleConnections' in value ? 'https.Server' : undefined
}

/**
 * Whether the value is a server that answers HTTP. `https.Server` is all that an `http.Server` is, though not an instance of
 * it; those of `node:http2` have the events and settings that concern us.
 */
export function isNodeServer(value: unknown): value is HttpServer {
  return nameOfServer(value) !== undefined
}
