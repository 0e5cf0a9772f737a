import { createError } from '../errors.js'
import type { Backend } from './crew.js'

/** How the items are computed; every option may be left out. */
export interface ParallelOptions {
  /** Workers: -1 (default) is one for each core, -2 all but one. */
  jobs?: number
  /** `threads` (default) start faster and share memory; `processes` also survive native crashes. */
  backend?: Backend
  /** Results in the order of the inputs (default), or as they are completed. */
  ordered?: boolean
  /** Items sent to a worker at once; `auto` (default) grows until a chunk takes about 100 ms. */
  chunk?: number | 'auto'
  /** The longest an item may take, in milliseconds; none by default. The worker of a late item is ended. */
  timeout?: number
  /** How often an item that failed is computed again; 0 by default. */
  retries?: number
  /** Ends everything at once; the iteration then throws the signal's reason. */
  signal?: AbortSignal
  /** Whether the first failed item ends the iteration (default) or results tell how each item ended. */
  onError?: 'throw' | 'collect'
  /** Progress lines as joblib's: more above 1, each chunk above 10, on stdout from 50; none at 0 (default). */
  verbose?: number
}

/** Options without gaps; `signal` alone may be missing. */
export type CompleteOptions = Required<Omit<ParallelOptions, 'signal'>> & Pick<ParallelOptions, 'signal'>

/**
 * Fills in the defaults.
 * @throws NWORKERS_E_USAGE for a value that makes no sense
 */
export function completeOptions(options: ParallelOptions): CompleteOptions {
  const complete: CompleteOptions = {
    jobs: -1,
    backend: 'threads',
    ordered: true,
    chunk: 'auto',
    timeout: 0,
    retries: 0,
    onError: 'throw',
    verbose: 0,
    ...options,
  }
  const { backend, chunk, timeout, retries, onError, verbose } = complete
  check('backend', backend, ['threads', 'processes'].includes(backend), 'threads or processes')
  check(
    'chunk',
    chunk,
    chunk === 'auto' || (Number.isInteger(chunk) && chunk > 0),
    'a whole number from 1, or auto',
  )
  check('timeout', timeout, timeout >= 0 && timeout <= longestTimeout, 'milliseconds, at most 24 days')
  check('retries', retries, Number.isInteger(retries) && retries >= 0, 'a whole number from 0')
  check('onError', onError, ['throw', 'collect'].includes(onError), 'throw or collect')
  check('verbose', verbose, verbose >= 0, 'a number from 0')
  return complete
}

/** The longest delay of Node's timers. */
const longestTimeout = 2_147_483_647

function check(name: string, given: unknown, good: boolean, expected: string): void {
  if (good) return
  throw createError('NWORKERS_E_USAGE', `Invalid value for ${name}: ${given}. Expected ${expected}.`)
}
