import { createServer } from 'node:http'
import type { Candidate, Kind } from '../kinds.js'
import { guard } from '../listener.js'
import { hasMethods, isCallable } from '../value.js'
import type { FetchHandler } from '../web.js'

/**
 * A handler of the web's kind, which takes a `Request` and gives a `Response`: an object with a method `fetch` (Hono, H3,
 * Elysia, `export default { fetch }`), a function of that name, or one with a single parameter, since a Node handler
 * needs two.
 */
export const fetchHandler: Kind = {
  name: 'fetch handler',
  recognise(candidate) {
    const { value, owner } = candidate
    if (hasMethods(value, ['fetch'])) return () => serve(value.fetch as FetchHandler, value, candidate)
    if (isFetch(value)) return () => serve(value, owner, candidate)
    return undefined
  },
}

function isFetch(value: unknown): value is FetchHandler {
  return isCallable(value) && (value.length === 1 || /^(?:bound )?fetch$/.test(value.name))
}

/** The adapter library is loaded only now. */
async function serve(fetch: FetchHandler, owner: unknown, candidate: Candidate) {
  const { adaptFetch } = await import('../web.js')
  const { listener, stop } = adaptFetch(fetch, owner, candidate)
  return { server: createServer(guard(listener, undefined)), stop }
}
