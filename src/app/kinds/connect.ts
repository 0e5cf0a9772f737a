import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Kind } from '../kinds.js'
import { answerFailure, answerNotFound, guard } from '../listener.js'
import { isCallable } from '../value.js'

type Next = (error?: unknown) => void
type Middleware = (this: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => unknown

/**
 * A function in the style of connect: an app (express, connect), which is called with request and response so that its
 * own final handler acts, or a plain middleware, which also gets a `next` that answers 404, or 500 for an error.
 */
export const connect: Kind = {
  name: 'connect',
  recognise({ value, owner }) {
    if (isApp(value)) return () => ({ server: createServer(guard(value, owner)) })
    if (isMiddleware(value)) return () => ({ server: createServer(withNext(value, owner)) })
    return undefined
  },
}

/** A router has `handle` and `use` as well, but no final handler: it is a middleware. `listen` tells them apart. */
function isApp(value: unknown): value is RequestListener {
  return (
    isCallable(value) && ['handle', 'use', 'listen'].every((method) => isCallable(Reflect.get(value, method)))
  )
}

function isMiddleware(value: unknown): value is Middleware {
  return isCallable(value) && value.length === 3
}

function withNext(middleware: Middleware, owner: unknown): RequestListener {
  return guard((request, response) => {
    const next: Next = (error) => {
      if (error) answerFailure(error, request, response)
      else answerNotFound(response)
    }
    return middleware.call(owner, request, response, next)
  }, undefined)
}
