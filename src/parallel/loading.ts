import { createError, NworkersError } from '../errors.js'
import type { Crew } from './crew.js'
import { type Failure, reviveFailure } from './failure.js'
import type { Format } from './format.js'
import type { Address } from './target.js'

/** A worker that dies so often while it loads the function dies of it. */
const attempts = 3

/**
 * Starts as many workers as there are jobs and has each load the function, once a crew.
 * @throws NWORKERS_E_SPECIFIER, NWORKERS_E_BOOT
 */
export function loadEverywhere(crew: Crew, address: Address, format: Format | undefined): Promise<unknown> {
  const key = `${address.chdir}\n${address.specifier.text}`
  let loading = crew.loadings.get(key)
  if (loading === undefined) {
    loading = Promise.all(Array.from({ length: crew.jobs }, () => loadOnce(crew, address, format)))
    crew.loadings.set(key, loading)
  }
  return loading
}

async function loadOnce(crew: Crew, address: Address, format: Format | undefined): Promise<void> {
  const { signal } = new AbortController()
  let last = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    const reply = await crew.run({ address, inputs: [], timeout: 0, format, careful: false }, signal)
    if (reply.kind === 'not loaded') throw loadError(reply.failure)
    if (reply.kind !== 'died') return
    last = reply.reason
  }
  throw createError(
    'NWORKERS_E_BOOT',
    `The worker ${last} while it loaded ${address.specifier.text}, ${attempts} times.`,
  )
}

/** The error of a worker that could not load the function. */
export function loadError(failure: Failure): Error {
  const { code, message } = failure
  if (code === 'NWORKERS_E_SPECIFIER' || code === 'NWORKERS_E_BOOT') return new NworkersError(code, message)
  return reviveFailure(failure)
}
