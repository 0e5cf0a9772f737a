import { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { Server as NetServer } from 'node:net'

/**
 * Whether it is an `https.Server`. Only for a server that is not one of plain HTTP Node's HTTPS is loaded, since that
 * brings all of TLS: it would be a fifth of the start of every worker.
 */
export function isHttpsServer(value: unknown): value is HttpsServer {
  if (!(value instanceof NetServer) || value instanceof HttpServer) return false
  return value instanceof process.getBuiltinModule('node:https').Server
}
