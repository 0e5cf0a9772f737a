import { createError } from '../errors.js'
import type { Reply } from './chunk.js'
import type { Crew, Mishap } from './crew.js'
import { describeFailure, type Failure } from './failure.js'
import type { Format } from './format.js'
import { createGate } from './gate.js'
import { loadError, loadEverywhere } from './loading.js'
import { createSizing } from './sizing.js'
import type { Source } from './source.js'
import type { Address } from './target.js'

/** What is to be done with the items. */
export interface Plan<Item> {
  address: Address
  ordered: boolean
  chunk: number | 'auto'
  /** The longest an item may take, in milliseconds; 0 is no limit. */
  timeout: number
  /** How often an item that failed is computed again. */
  retries: number
  format: Format | undefined
  /** What of an item is sent. */
  wire(item: Item): unknown
}

/** An item and what became of it. Index 0 is the first item of the source. */
export type Settled<Item> = { index: number; item: Item } & (
  | { value: unknown; failure?: undefined }
  | { failure: Failure }
)

/** An item under way. */
interface Slot<Item> {
  index: number
  item: Item
  batch: Batch<Item>
  /** Times that it alone ended its worker. */
  deaths: number
  /** Times that it threw or was late. */
  failures: number
  settled: Settled<Item> | undefined
}

/** Items that were read together. They are given out together, or, as completed, in parts. */
interface Batch<Item> {
  slots: Slot<Item>[]
  missing: number
}

/**
 * Computes all items of the source and yields them settled, some at a time. Chunks whose worker dies or is late are
 * computed again item by item, so that only the item to blame fails. No more is read than is soon given out.
 * @throws NWORKERS_E_SPECIFIER, NWORKERS_E_BOOT; what the source throws; the reason of the signal
 */
export async function* dispatch<Item>(
  crew: Crew,
  source: Source<Item>,
  plan: Plan<Item>,
  signal?: AbortSignal,
): AsyncGenerator<Settled<Item>[], void, undefined> {
  const gate = createGate()
  const sizing = createSizing(plan.chunk, plan.timeout)
  // One more a worker waits in the pool, unless its time is measured: that would count the waiting.
  const runningMost = plan.timeout > 0 ? crew.jobs : crew.jobs * 2
  const batches: Batch<Item>[] = []
  const alone: Slot<Item>[] = []
  const ready: { settled: Settled<Item>[]; endsBatch: boolean }[] = []
  const controllers = new Set<AbortController>()
  let outstanding = 0
  let exhausted = false
  let sourceError: { error: unknown } | undefined
  let fatal: { error: unknown } | undefined
  let boot = 0

  const fail = (error: unknown) => {
    fatal ??= { error }
    gate.changed()
  }
  const onAbort = () => fail(signal?.reason)

  async function feed(): Promise<void> {
    let index = 0
    try {
      while (!fatal) {
        if (alone.length > 0 || controllers.size >= runningMost || outstanding >= crew.jobs * 4) {
          await gate.wait()
          continue
        }
        const items = await source.take(sizing.next())
        if (items.length === 0) break
        const batch: Batch<Item> = { slots: [], missing: items.length }
        for (const item of items) {
          batch.slots.push({ index: index++, item, batch, deaths: 0, failures: 0, settled: undefined })
        }
        outstanding++
        if (plan.ordered) batches.push(batch)
        launch(batch.slots)
      }
    } catch (error) {
      sourceError = { error }
    }
    exhausted = true
    gate.changed()
  }

  function launch(slots: Slot<Item>[]): void {
    const controller = new AbortController()
    const limit = deadline(slots.length)
    let late = false
    const onLate = () => {
      late = true
      controller.abort()
    }
    const timer = limit === undefined ? undefined : setTimeout(onLate, limit)
    controllers.add(controller)
    const { address, timeout, format } = plan
    const inputs = slots.map(({ item }) => plan.wire(item))
    const careful = slots.length === 1 && slots[0]?.deaths !== 0
    crew
      .run({ address, inputs, timeout, format, careful }, controller.signal)
      .then((reply) => {
        clearTimeout(timer)
        controllers.delete(controller)
        receive(slots, reply, late)
        while (alone.length > 0 && controllers.size < runningMost && !fatal) launch(alone.splice(0, 1))
        gate.changed()
      })
      .catch(fail)
  }

  /** Generous for a chunk: when it passes, nothing is lost but the time, since each item then gets its own. */
  function deadline(items: number): number | undefined {
    const { timeout } = plan
    if (timeout === 0) return undefined
    const mean = sizing.mean() ?? Number.POSITIVE_INFINITY
    return boot + (items === 1 ? timeout : Math.min(timeout * items, timeout + 10 * items * mean))
  }

  function receive(slots: Slot<Item>[], reply: Reply | Mishap, late: boolean): void {
    const [first] = slots
    if (first === undefined) return
    if (reply.kind === 'done') {
      sizing.learn(slots.length, reply.milliseconds)
      const failures = new Map(reply.failures)
      for (const [position, slot] of slots.entries()) {
        const failure = failures.get(position)
        if (failure === undefined)
          settle(slot, { index: slot.index, item: slot.item, value: reply.values[position] })
        else failed(slot, failure)
      }
    } else if (reply.kind === 'not loaded') {
      fail(loadError(reply.failure))
    } else if (slots.length > 1 && (late || reply.kind !== 'cancelled')) {
      alone.push(...slots)
    } else if (late) {
      failed(first, describeFailure(createError('NWORKERS_E_ITEM_TIMEOUT', `${plan.timeout}`)))
    } else if (reply.kind === 'refused') {
      settle(first, { index: first.index, item: first.item, failure: reply.failure })
    } else if (reply.kind === 'died') {
      died(first, reply.reason)
    } else {
      fail(createError('NWORKERS_E_USAGE', 'The executor was shut down while it computed.'))
    }
    if (!plan.ordered) flush(first.batch)
  }

  function failed(slot: Slot<Item>, failure: Failure): void {
    slot.failures++
    if (slot.failures <= plan.retries) alone.push(slot)
    else settle(slot, { index: slot.index, item: slot.item, failure })
  }

  /** A worker may also die for reasons of its own, so the item gets a second chance. */
  function died(slot: Slot<Item>, reason: string): void {
    slot.deaths++
    if (slot.deaths <= plan.retries + 1) alone.push(slot)
    else {
      const failure = describeFailure(createError('NWORKERS_E_ITEM_DEATH', reason))
      settle(slot, { index: slot.index, item: slot.item, failure })
    }
  }

  function settle(slot: Slot<Item>, settled: Settled<Item>): void {
    slot.settled = settled
    slot.batch.missing--
    while (plan.ordered && batches[0]?.missing === 0) give(batches.shift()?.slots ?? [], true)
  }

  function flush(batch: Batch<Item>): void {
    const done = batch.slots.filter(({ settled }) => settled !== undefined)
    batch.slots = batch.slots.filter(({ settled }) => settled === undefined)
    if (done.length > 0) give(done, batch.missing === 0)
  }

  function give(slots: Slot<Item>[], endsBatch: boolean): void {
    ready.push({ settled: slots.flatMap(({ settled }) => settled ?? []), endsBatch })
  }

  try {
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    const started = performance.now()
    if (!fatal) await loadEverywhere(crew, plan.address, plan.format)
    boot = performance.now() - started
    void feed()
    for (;;) {
      const next = ready.shift()
      if (next !== undefined) {
        if (next.endsBatch) outstanding--
        gate.changed()
        yield next.settled
        continue
      }
      if (fatal) throw fatal.error
      if (exhausted && outstanding === 0) break
      await gate.wait()
    }
    if (sourceError) throw sourceError.error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    fatal ??= { error: undefined }
    source.close()
    for (const controller of controllers) controller.abort()
    gate.changed()
  }
}
