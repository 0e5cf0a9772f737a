import type { Failure } from './failure.js'

/** An item and what became of it. Index 0 is the first item of the source. */
export interface Settled<Item> {
  readonly index: number
  readonly item: Item
  readonly value: unknown
  /** Why there is no value. */
  readonly failure: Failure | undefined
}

/** An item under way. */
export interface Slot<Item> extends Settled<Item> {
  readonly batch: Batch<Item>
  value: unknown
  failure: Failure | undefined
  isSettled: boolean
  /** Times that it alone ended its worker. */
  deaths: number
  /** Times that it threw or was late. */
  lapses: number
}

/** Items that were read together. */
export interface Batch<Item> {
  slots: Slot<Item>[]
  /** So many of its items are not settled. */
  missing: number
}

/** Slots for items of which the first has this index. */
export function createBatch<Item>(index: number, items: readonly Item[]): Batch<Item> {
  const batch: Batch<Item> = { slots: [], missing: items.length }
  for (const item of items) {
    batch.slots.push({
      index: index++,
      item,
      value: undefined,
      failure: undefined,
      isSettled: false,
      deaths: 0,
      lapses: 0,
      batch,
    })
  }
  return batch
}

/** This is what became of the item. */
export function settle(slot: Slot<unknown>, value: unknown, failure?: Failure): void {
  slot.value = value
  slot.failure = failure
  slot.isSettled = true
  slot.batch.missing--
}
