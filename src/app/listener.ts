import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { describeThrown } from './stack.js'
import { isThenable } from './value.js'

/** A function that answers a request. What it returns is ignored, except for a promise that rejects. */
export type Handler = (this: unknown, request: IncomingMessage, response: ServerResponse) => unknown

/**
 * A request listener around a handler, whose `this` is `owner`: if it throws or its promise rejects, the request is
 * answered with 500, the stack is printed, and the process lives on.
 */
export function guard(handler: Handler, owner: unknown): RequestListener {
  return function onRequest(request, response) {
    try {
      const result = handler.call(owner, request, response)
      if (isThenable(result)) watch(result, request, response)
    } catch (error) {
      answerFailure(error, request, response)
    }
  }
}

/**
 * Answers 500, or cuts the connection if an answer has begun and not ended: the client must see that it is incomplete.
 * Prints method, path and stack to stderr.
 */
export function answerFailure(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  process.stderr.write(`Error while answering ${request.method} ${request.url}\n${describeThrown(error)}\n`)
  answer(response, 500, 'Internal Server Error')
}

/** Answers 404, for a request that no handler took. */
export function answerNotFound(response: ServerResponse): void {
  answer(response, 404, 'Not Found')
}

// A function of its own: a closure in the listener would cost each request a context, the synchronous ones too.
function watch(result: PromiseLike<unknown>, request: IncomingMessage, response: ServerResponse): void {
  result.then(undefined, (error) => answerFailure(error, request, response))
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.writableEnded) return
  if (response.headersSent) {
    response.destroy()
    return
  }
  try {
    // What the app had prepared belongs to another body; `connection` may tell the client that a drain has begun.
    for (const name of response.getHeaderNames()) if (name !== 'connection') response.removeHeader(name)
    response.statusCode = status
    response.statusMessage = text
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.setHeader('content-length', Buffer.byteLength(text) + 1)
    response.end(`${text}\n`)
  } catch {
    // A library may have replaced a method of the response by one that throws.
    response.destroy()
  }
}
