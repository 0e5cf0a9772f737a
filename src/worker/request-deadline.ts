import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Logger } from '../observe/logger.js'
import { hearRequests } from './connections.js'

/** How exactly the limit is kept: overdue requests are looked for this many times within it. */
const precision = 10

/** Bounds for the time between two looks, in milliseconds. */
const shortestSweep = 10
const longestSweep = 1_000

/** What an app may still call on a response that was taken from it. */
const answeringMethods = [
  'setHeader',
  'setHeaders',
  'appendHeader',
  'removeHeader',
  'writeHead',
  'flushHeaders',
  'write',
  'end',
] as const

/**
 * Limits how long a request may be answered, in milliseconds: then it gets 504, or if an answer has begun, its connection
 * is cut. The handler is not stopped, which JavaScript has no way for; what it does to the response has no effect any more.
 */
export function limitRequests(server: Server, limit: number, log: Logger): void {
  /** When each unanswered request came, the oldest first. */
  const started = new Map<ServerResponse, number>()

  function forget(this: ServerResponse): void {
    started.delete(this)
  }

  function begin(_request: IncomingMessage, response: ServerResponse): void {
    if (started.has(response)) return
    started.set(response, performance.now())
    response.on('close', forget)
  }

  function sweep(): void {
    const now = performance.now()
    for (const [response, since] of started) {
      if (now - since < limit) return
      started.delete(response)
      const { method, url } = response.req
      log.warning(`${method} ${url} was not answered within ${limit / 1000} s`)
      giveUp(response)
    }
  }

  hearRequests(server, begin)
  setInterval(sweep, Math.min(longestSweep, Math.max(shortestSweep, limit / precision))).unref()
}

function giveUp(response: ServerResponse): void {
  if (response.headersSent) {
    // Without an error a stream of HTTP/2 would end in order, and the client would take a part for the whole.
    if ('stream' in response) response.destroy(new Error('The answer was cut.'))
    else response.destroy()
    return
  }
  const text = 'The request was not answered in time.\n'
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  // What is left of the body has no reader.
  if (!response.req.complete) response.shouldKeepAlive = false
  response.writeHead(504, 'Gateway Timeout', {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
  // Node would throw at a handler that comes too late, and the worker would end with it.
  for (const method of answeringMethods) Reflect.set(response, method, () => response)
  response.on('error', () => {})
}
