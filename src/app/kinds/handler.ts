import { createServer, Server } from 'node:http'
import type { Kind } from '../kinds.js'
import { guard, type Handler } from '../listener.js'
import { isCallable, isThenable } from '../value.js'

/** A function that takes request and response and answers. */
export const handler: Kind = {
  name: 'handler',
  recognise({ value, owner, subject, specifier }) {
    if (!isHandler(value)) return undefined
    const listener =
      value.length < 2 && specifier !== undefined ? detectFactory(value, subject, specifier) : value
    return () => ({ server: createServer(guard(listener, owner)) })
  },
}

function isHandler(value: unknown): value is Handler {
  return isCallable(value) && value.length < 3
}

/**
 * A factory without its call cannot be told from a handler before a request comes: what it returns tells. Only
 * functions that name no response are looked at, so that the others do not pay for it.
 */
function detectFactory(handler: Handler, subject: string, specifier: string): Handler {
  const check = (result: unknown) => {
    if (typeof result !== 'function' && !(result instanceof Server)) return
    const what = result instanceof Server ? 'a server' : 'a function'
    throw new Error(
      `${subject} returned ${what} instead of answering: it is a factory. Run it as '${specifier}()'.`,
    )
  }
  return function detecting(request, response) {
    const result = handler.call(this, request, response)
    return isThenable(result) ? result.then(check) : check(result)
  }
}
