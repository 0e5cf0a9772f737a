import type { Batch, Settled } from './slot.js'

/** Puts settled items in the order in which they are handed over. */
export interface Delivery<Item> {
  add(batch: Batch<Item>): void
  /** Some items of the batch were settled. */
  changed(batch: Batch<Item>): void
  /** What can be handed over next; undefined where nothing can. */
  take(): readonly Settled<Item>[] | undefined
  /** Batches that are not handed over wholly. */
  outstanding(): number
}

/** In the order of the inputs, or as completed: then a batch may be handed over in parts. */
export function createDelivery<Item>(ordered: boolean): Delivery<Item> {
  return ordered ? inOrder() : asCompleted()
}

function inOrder<Item>(): Delivery<Item> {
  const batches: Batch<Item>[] = []
  return {
    add: (batch) => batches.push(batch),
    changed() {},
    take: () => (batches[0]?.missing === 0 ? batches.shift()?.slots : undefined),
    outstanding: () => batches.length,
  }
}

function asCompleted<Item>(): Delivery<Item> {
  const ready: { slots: readonly Settled<Item>[]; endsBatch: boolean }[] = []
  let outstanding = 0
  return {
    add() {
      outstanding++
    },
    changed(batch) {
      const { slots, missing } = batch
      const settled = slots.filter(({ isSettled }) => isSettled)
      if (settled.length === 0) return
      batch.slots = slots.filter(({ isSettled }) => !isSettled)
      ready.push({ slots: settled, endsBatch: missing === 0 })
    },
    take() {
      const next = ready.shift()
      if (next?.endsBatch) outstanding--
      return next?.slots
    },
    outstanding: () => outstanding,
  }
}
