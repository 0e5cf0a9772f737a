import { NworkersError } from '../errors.js'
import { type Crew, createCrew } from './crew.js'
import { dispatch, type Settled } from './dispatch.js'
import { type Failure, reviveFailure } from './failure.js'
import { countJobs } from './jobs.js'
import { type CompleteOptions, completeOptions, type ParallelOptions } from './options.js'
import { deservesLine, progressLine } from './progress.js'
import { sourceOf } from './source.js'
import { addressOf, type InputOf, type ItemFunction, type OutputOf, type Target } from './target.js'

/** How an item ended, with `onError: 'collect'`. Index 0 is the first of the inputs. */
export type ItemResult<Output> =
  | { status: 'fulfilled'; index: number; value: Output }
  | { status: 'rejected'; index: number; reason: NworkersError }

/** Results, to be read once. Nothing is computed before the first is asked for, and not much more than is read. */
export interface Results<Output> extends AsyncIterable<Output> {
  toArray(): Promise<Output[]>
}

/**
 * Computes the function for each input on several threads or processes.
 * @typeParam F - the function's type, `typeof square`: inputs and results are typed from it
 * @throws NWORKERS_E_USAGE, NWORKERS_E_SPECIFIER at once; while iterating NWORKERS_E_SPECIFIER and NWORKERS_E_BOOT when
 * the function can't be loaded, NWORKERS_E_ITEM, whose cause is the item's error, what the inputs throw, and the
 * reason of the signal
 */
export function parallel<F extends ItemFunction = (input: unknown) => unknown>(
  target: Target,
  inputs: Iterable<InputOf<F>> | AsyncIterable<InputOf<F>>,
  options: ParallelOptions & { onError: 'collect' },
): Results<ItemResult<OutputOf<F>>>
export function parallel<F extends ItemFunction = (input: unknown) => unknown>(
  target: Target,
  inputs: Iterable<InputOf<F>> | AsyncIterable<InputOf<F>>,
  options?: ParallelOptions & { onError?: 'throw' },
): Results<OutputOf<F>>
export function parallel(
  target: Target,
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  given: ParallelOptions = {},
): Results<unknown> {
  const options = completeOptions(given)
  const jobs = countJobs(options.jobs)
  return runOn({ open: () => createCrew(jobs, options.backend), shared: false }, target, inputs, options)
}

/** Where the workers come from, and whether they stay when the results are read. */
export interface CrewSource {
  open(): Promise<Crew>
  shared: boolean
}

/** Computes on a crew; see `parallel`. */
export function runOn(
  { open, shared }: CrewSource,
  target: Target,
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  options: CompleteOptions,
): Results<unknown> {
  const plan = {
    ...options,
    address: addressOf(target),
    format: undefined,
    wire: (input: unknown) => input,
  }
  const total = lengthOf(inputs)
  async function* results(): AsyncGenerator<unknown, void, undefined> {
    const crew = await open()
    const report = reporter(options.verbose, crew.jobs, total)
    try {
      for await (const settled of dispatch(crew, sourceOf(inputs), plan, options.signal)) {
        report(settled.length)
        for (const one of settled) yield options.onError === 'collect' ? collected(one) : outcomeOf(one)
      }
    } finally {
      if (!shared) await crew.close()
    }
  }
  const iterator = results()
  return {
    [Symbol.asyncIterator]: () => iterator,
    async toArray() {
      const all: unknown[] = []
      for await (const one of iterator) all.push(one)
      return all
    },
  }
}

function outcomeOf(settled: Settled<unknown>): unknown {
  if (settled.failure) throw itemError(`Item ${settled.index}`, settled.failure)
  return settled.value
}

function collected(settled: Settled<unknown>): ItemResult<unknown> {
  const { index } = settled
  if (settled.failure === undefined) return { status: 'fulfilled', index, value: settled.value }
  return { status: 'rejected', index, reason: itemError(`Item ${index}`, settled.failure) }
}

/** The error of an item under this name. */
export function itemError(item: string, failure: Failure): NworkersError {
  const cause = reviveFailure(failure)
  return new NworkersError('NWORKERS_E_ITEM', `${item} failed: ${failure.message}`, { cause })
}

function lengthOf(inputs: object): number | undefined {
  if ('length' in inputs && typeof inputs.length === 'number') return inputs.length
  return 'size' in inputs && typeof inputs.size === 'number' ? inputs.size : undefined
}

function reporter(verbose: number, jobs: number, total: number | undefined): (more: number) => void {
  const stream = verbose >= 50 ? process.stdout : process.stderr
  const started = performance.now()
  let done = 0
  return (more) => {
    const before = done
    done += more
    if (!deservesLine(before, done, verbose) && !(verbose > 0 && done === total)) return
    const standing = { done, elapsed: performance.now() - started, part: total && done / total }
    stream.write(`${progressLine(jobs, standing)}\n`)
  }
}
