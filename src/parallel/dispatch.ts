import { judge } from './blame.js'
import { type Cancellation, createCancellation } from './cancellation.js'
import type { Crew } from './crew.js'
import { createDelivery } from './delivery.js'
import type { Format } from './format.js'
import { createGate } from './gate.js'
import { loadEverywhere } from './loading.js'
import { createSizing } from './sizing.js'
import { createBatch, type Settled, type Slot } from './slot.js'
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
  /** How many items there are, where that is known. */
  total: number | undefined
  /** What of an item is sent. */
  wire(item: Item): unknown
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
): AsyncGenerator<readonly Settled<Item>[], void, undefined> {
  const { address, timeout, format } = plan
  const order = JSON.stringify({ address, timeout, format })
  const gate = createGate()
  const delivery = createDelivery<Item>(plan.ordered)
  // One more a worker waits in the pool, unless its time is measured: that would count the waiting.
  const runningMost = timeout > 0 ? crew.jobs : crew.jobs * 2
  const outstandingMost = crew.jobs * 4
  const sizing = createSizing({ chunk: plan.chunk, timeout, lanes: runningMost })
  const alone: Slot<Item>[] = []
  const running = new Set<Cancellation>()
  let index = 0
  let isReading = false
  let exhausted = false
  let sourceError: { error: unknown } | undefined
  let fatal: { error: unknown } | undefined
  let boot = 0

  const fail = (error: unknown) => {
    fatal ??= { error }
    gate.changed()
  }
  const onAbort = () => fail(signal?.reason)

  /** Reads and launches as much as may be under way. */
  function feed(): void {
    try {
      while (hasRoom()) {
        const taken = source.take(sizing.next(plan.total && plan.total - index))
        if (Array.isArray(taken)) start(taken)
        else readLater(taken)
      }
    } catch (error) {
      endSource({ error })
    }
  }

  function hasRoom(): boolean {
    if (fatal || exhausted || isReading || alone.length > 0) return false
    return running.size < runningMost && delivery.outstanding() < outstandingMost
  }

  function readLater(taken: Promise<readonly Item[]>): void {
    isReading = true
    const onRead = (items: readonly Item[]) => {
      isReading = false
      if (!fatal) start(items)
      feed()
    }
    taken.then(onRead).catch((error) => endSource({ error }))
  }

  function start(items: readonly Item[]): void {
    if (items.length === 0) {
      endSource()
      return
    }
    const batch = createBatch(index, items)
    index += items.length
    delivery.add(batch)
    launch(batch.slots)
  }

  function endSource(error?: { error: unknown }): void {
    sourceError = error
    exhausted = true
    gate.changed()
  }

  function launch(slots: readonly Slot<Item>[]): void {
    const [first] = slots
    if (first === undefined) return
    const cancellation = createCancellation()
    let late = false
    const onLate = () => {
      late = true
      cancellation.abort()
    }
    const timer = timeout > 0 ? setTimeout(onLate, deadline(slots.length)) : undefined
    running.add(cancellation)
    const inputs: unknown[] = []
    for (const { item } of slots) inputs.push(plan.wire(item))
    const careful = slots.length === 1 && first.deaths > 0
    crew
      .run({ order, inputs, careful }, cancellation)
      .then((reply) => {
        clearTimeout(timer)
        running.delete(cancellation)
        if (reply.kind === 'done') sizing.learn(slots.length, reply.milliseconds)
        alone.push(...judge(slots, { reply, late }, plan))
        delivery.changed(first.batch)
        while (alone.length > 0 && running.size < runningMost && !fatal) launch(alone.splice(0, 1))
        feed()
        gate.changed()
      })
      .catch(fail)
  }

  /** Generous for a chunk: when it passes, nothing is lost but the time, since each item then gets its own. */
  function deadline(items: number): number {
    const mean = sizing.mean() ?? Number.POSITIVE_INFINITY
    return boot + (items === 1 ? timeout : Math.min(timeout * items, timeout + 10 * items * mean))
  }

  try {
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    const started = performance.now()
    if (!fatal) await loadEverywhere(crew, { address, timeout: 0, format })
    boot = performance.now() - started
    feed()
    for (;;) {
      const next = delivery.take()
      if (next !== undefined) {
        feed()
        yield next
        continue
      }
      if (fatal) throw fatal.error
      if (exhausted && delivery.outstanding() === 0) break
      await gate.wait()
    }
    if (sourceError) throw sourceError.error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    fatal ??= { error: undefined }
    source.close()
    for (const cancellation of running) cancellation.abort()
    gate.changed()
  }
}
