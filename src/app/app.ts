import type { Server } from 'node:http'

/** What the app's export was recognised as. `--check-config` prints it. */
export type AppKind =
  | 'script'
  | 'http.Server'
  | 'https.Server'
  | 'HTTP/2 server'
  | 'Fastify instance'
  | 'Hapi server'
  | 'Nest application'
  | 'Next.js app'
  | 'Restify server'
  | 'Koa app'
  | 'Polka-style app'
  | 'connect'
  | 'fetch handler'
  | 'handler'

/** A loaded app, ready to listen. */
export interface App {
  kind: AppKind
  /** Not listening yet. Its own listeners and settings are kept. */
  server: Server
  /** What the module exports, where that is served. */
  exported?: unknown
  /** The app's clean-up. Runs after the last connection ended, or at the graceful deadline. */
  stop?: () => unknown
  /** Called once when the drain starts, so that the app can say goodbye on long-lived sockets. */
  drain?: () => unknown
}
