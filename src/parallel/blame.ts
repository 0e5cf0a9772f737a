import { createError } from '../errors.js'
import type { Reply } from './chunk.js'
import type { Mishap } from './crew.js'
import { describeFailure, type Failure } from './failure.js'
import { loadError } from './loading.js'
import { type Slot, settle } from './slot.js'

/** How a chunk ended; `late` where its time was up. */
export interface Ending {
  reply: Reply | Mishap
  late: boolean
}

/** What an item is forgiven. */
export interface Patience {
  /** The longest an item may take, in milliseconds; 0 is no limit. */
  timeout: number
  /** How often an item that failed is computed again. */
  retries: number
}

/**
 * Settles the items of a chunk, and returns those that are to be computed again, each alone: when a worker died or was
 * late, only that shows which of its items is to blame.
 * @throws where all must end: NWORKERS_E_SPECIFIER, NWORKERS_E_BOOT, NWORKERS_E_USAGE
 */
export function judge<Item>(
  slots: readonly Slot<Item>[],
  { reply, late }: Ending,
  patience: Patience,
): readonly Slot<Item>[] {
  if (reply.kind === 'done') return judgeEach(slots, reply, patience)
  if (reply.kind === 'not loaded') throw loadError(reply.failure)
  if (reply.kind === 'cancelled' && !late) {
    throw createError('NWORKERS_E_USAGE', 'The executor was shut down while it computed.')
  }
  const [slot] = slots
  if (slots.length > 1 || slot === undefined) return slots
  if (late) return failed(slot, lateness(patience), patience)
  if (reply.kind === 'died') return died(slot, reply.reason, patience)
  if (reply.kind === 'refused') settle(slot, undefined, reply.failure)
  return []
}

function judgeEach<Item>(
  slots: readonly Slot<Item>[],
  { values, failures }: Reply & { kind: 'done' },
  patience: Patience,
): readonly Slot<Item>[] {
  const again: Slot<Item>[] = []
  const failureOf = new Map(failures)
  for (const [position, slot] of slots.entries()) {
    const failure = failureOf.get(position)
    if (failure === undefined) settle(slot, values[position])
    else again.push(...failed(slot, failure, patience))
  }
  return again
}

function failed<Item>(slot: Slot<Item>, failure: Failure, { retries }: Patience): Slot<Item>[] {
  slot.lapses++
  if (slot.lapses <= retries) return [slot]
  settle(slot, undefined, failure)
  return []
}

/** A worker may also die for reasons of its own, so the item gets a second chance. */
function died<Item>(slot: Slot<Item>, reason: string, { retries }: Patience): Slot<Item>[] {
  slot.deaths++
  if (slot.deaths <= retries + 1) return [slot]
  settle(slot, undefined, describeFailure(createError('NWORKERS_E_ITEM_DEATH', reason)))
  return []
}

function lateness({ timeout }: Patience): Failure {
  return describeFailure(createError('NWORKERS_E_ITEM_TIMEOUT', `${timeout}`))
}
