import { isMainThread } from 'node:worker_threads'
import { createError } from '../errors.js'
import type { Chunk, Order, Outcome, Reply } from './chunk.js'
import { describeFailure } from './failure.js'
import { decode, encode, type Format } from './format.js'
import { type LoadedFunction, loadFunction } from './function.js'
import type { Address } from './target.js'

// What runs inside a worker of the pool, a thread or a process.

if (isMainThread && process.send) {
  // Ctrl-C in a terminal reaches the whole group; the parent decides what is finished.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit())
}

/** How a chunk's inputs become items and its values results. */
interface Exchange {
  read(input: unknown): unknown
  write(value: unknown): unknown
}

interface Work {
  inputs: readonly unknown[]
  /** The longest an item may take, in milliseconds; 0 is no limit. */
  timeout: number
}

type Batch = [position: number, item: unknown][]

const orders = new Map<string, Order>()
const loaded = new Map<string, Promise<LoadedFunction>>()
let isFirst = true

/** Computes a chunk; none at all is the pool's way to have a worker started. Never rejects. */
export async function compute(chunk: Chunk | undefined): Promise<Reply> {
  if (chunk === undefined) return { kind: 'done', values: [], failures: [], milliseconds: 0 }
  const order = readOrder(chunk.order)
  let target: LoadedFunction
  try {
    target = await load(order.address)
  } catch (thrown) {
    return { kind: 'not loaded', failure: describeFailure(thrown) }
  }
  const { inputs, careful } = chunk
  // The first chunk shows what kind of results there are; it is small where the size is chosen here.
  const exchange = exchangeOf(order.format, careful || isFirst)
  isFirst = inputs.length === 0 && isFirst
  const work = { inputs, timeout: order.timeout }
  const started = performance.now()
  const { values, failures } =
    target.batch === undefined
      ? await callEach(target.call, work, exchange)
      : await callBatches(target.call, target.batch, work, exchange)
  return { kind: 'done', values, failures, milliseconds: performance.now() - started }
}

function readOrder(text: string): Order {
  let order = orders.get(text)
  if (order === undefined) {
    order = JSON.parse(text) as Order
    orders.set(text, order)
    if (order.format !== undefined) keepStdoutClean()
  }
  return order
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
  call: LoadedFunction['call'],
  { inputs, timeout }: Work,
  exchange: Exchange,
): Promise<Outcome> {
  const outcome: Outcome = { values: [], failures: [] }
  for (const [position, input] of inputs.entries()) {
    const started = timeout > 0 ? performance.now() : 0
    try {
      const value = call(exchange.read(input))
      const result = exchange.write(isPromise(value) ? await value : value)
      if (timeout > 0 && performance.now() - started > timeout) throw lateness(timeout)
      outcome.values[position] = result
    } catch (thrown) {
      fail(outcome, position, thrown)
    }
  }
  return outcome
}

/** Calls of as many items as the function takes. When one throws, its items are called again one by one. */
async function callBatches(
  call: LoadedFunction['call'],
  size: number,
  work: Work,
  exchange: Exchange,
): Promise<Outcome> {
  const outcome: Outcome = { values: work.inputs.map(() => undefined), failures: [] }
  let batch: Batch = []
  for (const [position, input] of work.inputs.entries()) {
    try {
      batch.push([position, exchange.read(input)])
    } catch (thrown) {
      fail(outcome, position, thrown)
    }
    if (batch.length < size) continue
    await callBatch(call, batch, work.timeout, exchange, outcome)
    batch = []
  }
  if (batch.length > 0) await callBatch(call, batch, work.timeout, exchange, outcome)
  return outcome
}

async function callBatch(
  call: LoadedFunction['call'],
  batch: Batch,
  timeout: number,
  exchange: Exchange,
  outcome: Outcome,
): Promise<void> {
  const started = performance.now()
  try {
    const values = await call(batch.map(([, item]) => item))
    if (!Array.isArray(values) || values.length !== batch.length) throw wrongResults(values, batch.length)
    if (batch.length === 1 && timeout > 0 && performance.now() - started > timeout) throw lateness(timeout)
    const results = values.map((value) => exchange.write(value))
    for (const [index, [position]] of batch.entries()) outcome.values[position] = results[index]
  } catch (thrown) {
    const [first] = batch
    if (batch.length === 1 && first !== undefined) return fail(outcome, first[0], thrown)
    for (const one of batch) await callBatch(call, [one], timeout, exchange, outcome)
  }
}

function fail({ values, failures }: Outcome, position: number, thrown: unknown): void {
  values[position] = undefined
  failures.push([position, describeFailure(thrown)])
}

function wrongResults(values: unknown, expected: number): Error {
  const given = Array.isArray(values) ? `an array of ${values.length}` : typeof values
  return new TypeError(
    `A function marked as batch must give an array of ${expected} results; it gave ${given}`,
  )
}

function lateness(timeout: number): Error {
  return createError('NWORKERS_E_ITEM_TIMEOUT', `${timeout}`)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** stdout carries the results; what the function prints goes to stderr. */
function keepStdoutClean(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr)
}
