import type { IncomingMessage, ServerResponse } from 'node:http'

export { type ErrorCode, NworkersError } from './errors.js'

/** A function that answers requests: what `nworkers app:handler` serves. A rejected promise is answered with 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Functions that the module of an app may export beside the app; each may be asynchronous. */
export interface Hooks {
  /** Runs before the worker is ready; when it fails, so does the boot. */
  start?(): unknown
  /** Runs at the beginning of a drain: say goodbye on long-lived connections, such as WebSockets and event streams. */
  drain?(): unknown
  /** Runs after the last connection ended, or at the graceful deadline. */
  stop?(): unknown
}
