import { NworkersError } from '../errors.js'
import { type Crew, createCrew } from './crew.js'
import { dispatch } from './dispatch.js'
import { type Failure, reviveFailure } from './failure.js'
import { countJobs } from './jobs.js'
import { type CompleteOptions, completeOptions, type ParallelOptions } from './options.js'
import { deservesLine, progressLine } from './progress.js'
import type { Settled } from './slot.js'
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
  const total = lengthOf(inputs)
  const plan = {
    ...options,
    address: addressOf(target),
    format: undefined,
    total,
    wire: (input: unknown) => input,
  }
  const outcomeOf = options.onError === 'collect' ? collected : resultOf
  async function* compute(): AsyncGenerator<readonly Settled<unknown>[], void, undefined> {
    const crew = await open()
    const report = reporter(options.verbose, crew.jobs, total)
    try {
      for await (const settled of dispatch(crew, sourceOf(inputs), plan, options.signal)) {
        report(settled.length)
        yield settled
      }
    } finally {
      if (!shared) await crew.close()
    }
  }
  const groups = compute()
  async function* each(): AsyncGenerator<unknown, void, undefined> {
    for await (const group of groups) for (const one of group) yield outcomeOf(one)
  }
  const iterator = each()
  let isIterated = false
  return {
    [Symbol.asyncIterator]() {
      isIterated = true
      return iterator
    },
    async toArray() {
      const all: unknown[] = []
      // Whole groups at a time, which costs an item nothing; but an iteration that has begun holds a part of one.
      if (isIterated) for await (const one of iterator) all.push(one)
      else for await (const group of groups) for (const one of group) all.push(outcomeOf(one))
      return all
    },
  }
}

function resultOf(settled: Settled<unknown>): unknown {
  const { index, value, failure } = settled
  if (failure) throw itemError(`Item ${index}`, failure)
  return value
}

function collected(settled: Settled<unknown>): ItemResult<unknown> {
  const { index, value, failure } = settled
  if (failure === undefined) return { status: 'fulfilled', index, value }
  return { status: 'rejected', index, reason: itemError(`Item ${index}`, failure) }
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
