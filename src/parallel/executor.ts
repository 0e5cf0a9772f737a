import { createError } from '../errors.js'
import { type Backend, createCrew } from './crew.js'
import { countJobs } from './jobs.js'
import { completeOptions, type ParallelOptions } from './options.js'
import { type Results, runOn } from './parallel.js'
import type { InputOf, ItemFunction, OutputOf, Target } from './target.js'

/** Workers that stay between calls, in the manner of Python's ThreadPoolExecutor. */
export interface Executor {
  /** The function's result for one input. Rejects as the iteration of `parallel` throws. */
  submit<F extends ItemFunction = (input: unknown) => unknown>(
    target: Target,
    input: InputOf<F>,
  ): Promise<OutputOf<F>>
  /** As `parallel`, on these workers. */
  map<F extends ItemFunction = (input: unknown) => unknown>(
    target: Target,
    inputs: Iterable<InputOf<F>> | AsyncIterable<InputOf<F>>,
    options?: Omit<ParallelOptions, 'jobs' | 'backend' | 'onError'>,
  ): Results<OutputOf<F>>
  /** Takes nothing new and ends the workers, after what was submitted, or at once with `cancel`. */
  shutdown(options?: { cancel?: boolean }): Promise<void>
  /** `await using`: shutdown. */
  [Symbol.asyncDispose](): Promise<void>
  /** `using`: shutdown at once, without waiting for it. */
  [Symbol.dispose](): void
}

/**
 * Makes an executor of so many workers, counted as `jobs` of `parallel` is.
 * @throws NWORKERS_E_USAGE
 */
export function executor(jobs = -1, { backend = 'threads' }: { backend?: Backend } = {}): Executor {
  const options = completeOptions({ backend })
  const crew = createCrew(countJobs(jobs), options.backend)
  const submitted = new Set<Promise<unknown>>()
  let open = true

  function results(
    target: Target,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    more: ParallelOptions = {},
  ) {
    if (!open) throw createError('NWORKERS_E_USAGE', 'The executor is shut down. Make another one.')
    return runOn({ open: () => crew, shared: true }, target, inputs, { ...options, ...completeOptions(more) })
  }

  async function submit(target: Target, input: unknown): Promise<unknown> {
    const [result] = await results(target, [input]).toArray()
    return result
  }

  async function shutdown({ cancel = false }: { cancel?: boolean } = {}): Promise<void> {
    open = false
    if (!cancel) await Promise.allSettled(submitted)
    await (await crew).close()
  }

  return {
    // The types of inputs and results exist only for the caller; here everything is unknown.
    submit(target: Target, input: unknown): Promise<never> {
      const result = submit(target, input)
      submitted.add(result)
      const settled = () => submitted.delete(result)
      result.then(settled, settled)
      return result as Promise<never>
    },
    map: (target: Target, inputs: Iterable<unknown> | AsyncIterable<unknown>, more?: ParallelOptions) =>
      results(target, inputs, more) as Results<never>,
    shutdown,
    [Symbol.asyncDispose]: () => shutdown(),
    [Symbol.dispose]() {
      shutdown({ cancel: true }).catch(() => {})
    },
  }
}
