import { type NodeRequest, patchGlobalRequest, sendNodeResponse, toNodeHandler } from 'srvx/node'
import { refuseFactory } from './factory.js'
import type { Candidate } from './kinds.js'
import type { Handler } from './listener.js'
import { describeValue } from './value.js'

/** Takes a web `Request`; the further parameters are those of the module workers that the form comes from. */
export type FetchHandler = (
  this: unknown,
  request: Request,
  environment: unknown,
  context: FetchContext,
) => Response | Promise<Response>

/** What a fetch handler gets as its third parameter. */
export interface FetchContext {
  /** Work that goes on after the answer: a worker that leaves waits for it. */
  waitUntil(work: PromiseLike<unknown>): void
  passThroughOnException(): void
}

/** A fetch handler as Node calls it. */
interface AdaptedFetch {
  listener: Handler
  /** Resolves when all that was given to `waitUntil` has ended. */
  stop(): Promise<void>
}

/**
 * Makes a Node handler of a fetch handler. Bodies stream both ways; `request.signal` aborts when the client goes away.
 * The second parameter holds Node's own `incoming` and `outgoing`, as Hono's helpers for Node expect.
 */
export function adaptFetch(fetch: FetchHandler, owner: unknown, candidate: Candidate): AdaptedFetch {
  // Handlers make requests of requests (`new Request(request, …)`), which Node's own class does not know how to.
  patchGlobalRequest()
  const pending = new Set<PromiseLike<unknown>>()
  const waitUntil = (work: PromiseLike<unknown>) => {
    const done = () => void pending.delete(work)
    pending.add(work)
    work.then(done, (error: unknown) => {
      done()
      console.error('What a handler gave to waitUntil failed:', error)
    })
  }
  const context: FetchContext = { waitUntil, passThroughOnException() {} }

  function answer(request: InstanceType<typeof NodeRequest>): Response | Promise<Response> {
    const node = request.runtime?.node
    Reflect.set(request, 'waitUntil', waitUntil)
    const result = fetch.call(owner, request, { incoming: node?.req, outgoing: node?.res }, context)
    return result instanceof Promise
      ? result.then((response) => checked(response, candidate))
      : checked(result, candidate)
  }

  return {
    listener: toNodeHandler(answer) as Handler,
    async stop() {
      while (pending.size > 0) await Promise.allSettled(pending)
    },
  }
}

/** Sends what a handler without parameters returned. */
export { sendNodeResponse as sendResponse }

function checked(result: unknown, candidate: Candidate): Response {
  // Libraries bring classes of their own, so the shape decides.
  if (typeof result === 'object' && result !== null && 'status' in result && 'headers' in result)
    return result as Response
  refuseFactory(result, candidate)
  throw new Error(
    `${candidate.subject} was called with a web Request, but it gave ${describeValue(result)} and not a Response. ` +
      'If it is a Node handler, it needs both parameters: (request, response).',
  )
}
