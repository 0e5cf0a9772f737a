import { createServer } from 'node:http'
import { refuseFactory } from '../factory.js'
import type { Candidate, Kind } from '../kinds.js'
import { guard, type Handler } from '../listener.js'
import { isCallable, isThenable } from '../value.js'

/** A function that takes request and response and answers. */
export const handler: Kind = {
  name: 'handler',
  recognise(candidate) {
    const { value, owner } = candidate
    if (!isHandler(value)) return undefined
    // Only functions that name no response are looked at, so that the others do not pay for it.
    const listener = value.length < 2 ? heedResult(value, candidate) : value
    return () => ({ server: createServer(guard(listener, owner)) })
  },
}

function isHandler(value: unknown): value is Handler {
  return isCallable(value) && value.length < 3
}

/**
 * A function without parameters may read them from a list, be a fetch handler that needs none, or a factory without its
 * call. That cannot be told before a request comes: what it returns tells.
 */
function heedResult(handler: Handler, candidate: Candidate): Handler {
  return function heeding(request, response) {
    const heed = (result: unknown) => {
      if (result instanceof Response) return send(response, result)
      return refuseFactory(result, candidate)
    }
    const result = handler.call(this, request, response)
    return isThenable(result) ? result.then(heed) : heed(result)
  }
}

async function send(response: Parameters<Handler>[1], result: Response): Promise<void> {
  const { sendResponse } = await import('../web.js')
  await sendResponse(response, result)
}
