import { isMainThread } from 'node:worker_threads'
import { createError } from '../errors.js'
import type { Chunk, Reply } from './chunk.js'
import { describeFailure, type Failure } from './failure.js'
import { decode, encode, type Format } from './format.js'
import { type LoadedFunction, loadFunction } from './function.js'
import type { Address } from './target.js'

// What runs inside a worker of the pool, a thread or a process.

if (isMainThread && process.send) {
  // Ctrl-C in a terminal reaches the whole group; the parent decides what is finished.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit())
}

type Settled = { value: unknown } | { failure: Failure }

/** How a chunk's inputs become items and its values results. */
interface Exchange {
  read(input: unknown): unknown
  write(value: unknown): unknown
}

const loaded = new Map<string, Promise<LoadedFunction>>()
let isFirst = true

/** Computes a chunk; none at all is the pool's way to have a worker started. Never rejects. */
export async function compute(chunk: Chunk | undefined): Promise<Reply> {
  if (chunk === undefined) return gather([], 0)
  if (chunk.format !== undefined) keepStdoutClean()
  let target: LoadedFunction
  try {
    target = await load(chunk.address)
  } catch (thrown) {
    return { kind: 'not loaded', failure: describeFailure(thrown) }
  }
  // The first chunk shows what kind of results there are; it is small where the size is chosen here.
  const exchange = exchangeOf(chunk.format, chunk.careful || isFirst)
  isFirst = chunk.inputs.length === 0 && isFirst
  const started = performance.now()
  const settled =
    target.batch === undefined
      ? await callEach(target, chunk, exchange)
      : await callBatches(target.call, target.batch, chunk, exchange)
  return gather(settled, performance.now() - started)
}

function load(address: Address): Promise<LoadedFunction> {
  const key = `${address.chdir}\n${address.specifier.text}`
  let target = loaded.get(key)
  if (target === undefined) {
    target = loadFunction(address)
    loaded.set(key, target)
  }
  return target
}

function exchangeOf(format: Format | undefined, careful: boolean): Exchange {
  if (format !== undefined) return { read: (input) => decode(format, String(input)), write: encode }
  return { read: (input) => input, write: careful ? sendable : (value) => value }
}

/** Throws for what can't be sent, such as a function. */
function sendable(value: unknown): unknown {
  structuredClone(value)
  return value
}

async function callEach(
  target: LoadedFunction,
  { inputs, timeout }: Chunk,
  exchange: Exchange,
): Promise<Settled[]> {
  const settled: Settled[] = []
  for (const input of inputs) {
    const started = timeout > 0 ? performance.now() : 0
    try {
      const value = target.call(exchange.read(input))
      settled.push({ value: exchange.write(isPromise(value) ? await value : value) })
    } catch (thrown) {
      settled.push({ failure: describeFailure(thrown) })
    }
    if (timeout > 0 && performance.now() - started > timeout) settled[settled.length - 1] = late(timeout)
  }
  return settled
}

/** Calls of as many items as the function takes. When one throws, its items are called again one by one. */
async function callBatches(
  call: LoadedFunction['call'],
  size: number,
  chunk: Chunk,
  exchange: Exchange,
): Promise<Settled[]> {
  const settled: Settled[] = new Array(chunk.inputs.length)
  let batch: [position: number, item: unknown][] = []
  const flush = async () => {
    const results = await callBatch(call, batch, exchange, chunk.timeout)
    for (const [index, result] of results.entries()) {
      const position = batch[index]?.[0]
      if (position !== undefined) settled[position] = result
    }
    batch = []
  }
  for (const [position, input] of chunk.inputs.entries()) {
    try {
      batch.push([position, exchange.read(input)])
    } catch (thrown) {
      settled[position] = { failure: describeFailure(thrown) }
    }
    if (batch.length >= size) await flush()
  }
  if (batch.length > 0) await flush()
  return settled
}

async function callBatch(
  call: LoadedFunction['call'],
  batch: readonly [position: number, item: unknown][],
  exchange: Exchange,
  timeout: number,
): Promise<Settled[]> {
  const started = performance.now()
  try {
    const values = await call(batch.map(([, item]) => item))
    if (!Array.isArray(values) || values.length !== batch.length) throw wrongResults(values, batch.length)
    if (batch.length === 1 && timeout > 0 && performance.now() - started > timeout) return [late(timeout)]
    return values.map((value) => ({ value: exchange.write(value) }))
  } catch (thrown) {
    if (batch.length === 1) return [{ failure: describeFailure(thrown) }]
    const alone: Settled[] = []
    for (const one of batch) alone.push(...(await callBatch(call, [one], exchange, timeout)))
    return alone
  }
}

function gather(settled: readonly Settled[], milliseconds: number): Reply {
  const values = settled.map((one) => ('value' in one ? one.value : undefined))
  const failures: [number, Failure][] = []
  for (const [position, one] of settled.entries())
    if ('failure' in one) failures.push([position, one.failure])
  return { kind: 'done', values, failures, milliseconds }
}

function wrongResults(values: unknown, expected: number): Error {
  const given = Array.isArray(values) ? `an array of ${values.length}` : typeof values
  return new TypeError(
    `A function marked as batch must give an array of ${expected} results; it gave ${given}`,
  )
}

function late(timeout: number): Settled {
  return { failure: describeFailure(createError('NWORKERS_E_ITEM_TIMEOUT', `${timeout}`)) }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** stdout carries the results; what the function prints goes to stderr. */
function keepStdoutClean(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr)
}
