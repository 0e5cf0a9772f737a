import type { App, AppKind } from './app.js'
import { connect } from './kinds/connect.js'
import { fastify } from './kinds/fastify.js'
import { fetchHandler } from './kinds/fetch.js'
import { handler } from './kinds/handler.js'
import { hapi } from './kinds/hapi.js'
import { http2Server, httpServer, httpsServer } from './kinds/http-server.js'
import { koa } from './kinds/koa.js'
import { nest } from './kinds/nest.js'
import { next } from './kinds/next.js'
import { polka } from './kinds/polka.js'
import { restify } from './kinds/restify.js'

/** An exported value that may be an app. */
export interface Candidate {
  value: unknown
  /** The object it was found on, which is `this` when it is called; undefined for an export of the module itself. */
  owner: unknown
  /** How messages name it: `handler of ./app.js`. */
  subject: string
  /** The app specifier that leads to it, `./app.js:handler`; undefined for what a factory returned. */
  specifier: string | undefined
}

/** What a kind makes of the app; see `App`. */
export type AdaptedApp = Omit<App, 'kind'>

/** One kind of app: how it is recognised, by its shape alone, and how it becomes a server. */
export interface Kind {
  name: AppKind
  /** The adapter for this value, or undefined if it is of another kind. Calls nothing of the app; the adapter may. */
  recognise(candidate: Candidate): (() => AdaptedApp | Promise<AdaptedApp>) | undefined
}

/** In the order they are tried: the more specific shape first. */
export const kinds: readonly Kind[] = [
  httpServer,
  httpsServer,
  http2Server,
  fastify,
  hapi,
  nest,
  next,
  restify,
  koa,
  polka,
  connect,
  fetchHandler,
  handler,
]

/** The adapter of the first kind that knows this value. */
export function recognise(candidate: Candidate): (() => Promise<App>) | undefined {
  for (const kind of kinds) {
    const adapt = kind.recognise(candidate)
    if (adapt !== undefined) return async () => ({ kind: kind.name, ...(await adapt()) })
  }
  return undefined
}

/** Whether some kind knows this value. */
export function isApp(value: unknown): boolean {
  return recognise({ value, owner: undefined, subject: '', specifier: undefined }) !== undefined
}
