import { createError, NworkersError } from '../errors.js'
import { createCancellation } from './cancellation.js'
import type { Order } from './chunk.js'
import type { Crew } from './crew.js'
import { type Failure, reviveFailure } from './failure.js'

/** A worker that dies so often while it loads the function dies of it. */
const attempts = 3

/**
 * Starts as many workers as there are jobs and has each load the function, once a crew.
 * @throws NWORKERS_E_SPECIFIER, NWORKERS_E_BOOT
 */
export function loadEverywhere(crew: Crew, order: Order): Promise<unknown> {
  const { address } = order
  const key = `${address.chdir}\n${address.specifier.text}`
  let loading = crew.loadings.get(key)
  if (loading === undefined) {
    loading = Promise.all(Array.from({ length: crew.jobs }, () => loadOnce(crew, order)))
    crew.loadings.set(key, loading)
  }
  return loading
}

async function loadOnce(crew: Crew, order: Order): Promise<void> {
  const chunk = { order: JSON.stringify(order), inputs: [], careful: false }
  let last = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    const reply = await crew.run(chunk, createCancellation())
    if (reply.kind === 'not loaded') throw loadError(reply.failure)
    if (reply.kind !== 'died') return
    last = reply.reason
  }
  throw createError(
    'NWORKERS_E_BOOT',
    `The worker ${last} while it loaded ${order.address.specifier.text}, ${attempts} times.`,
  )
}

/** The error of a worker that could not load the function. */
export function loadError(failure: Failure): Error {
  const { code, message } = failure
  if (code === 'NWORKERS_E_SPECIFIER' || code === 'NWORKERS_E_BOOT') return new NworkersError(code, message)
  return reviveFailure(failure)
}
