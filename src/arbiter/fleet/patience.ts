import type { Draft } from './draft.js'
import type { Fleet } from './state.js'

/**
 * How long it is waited before workers leave. What comes by chance, or comes back, is not told by a wait of any fixed
 * length: the longer the requests, the rarer and higher the peaks of a steady load. So each step up that takes back a step
 * down doubles the wait, and it halves again after a long time without one.
 */
export interface Patience {
  /** The wait is so many times what the operator set. */
  readonly factor: number
  /** The load's last step was one down. */
  readonly wentDown: boolean
  /** When the factor changed last. */
  readonly changedAt: number
}

/** Nothing was learnt yet. */
export const usualPatience: Patience = { factor: 1, wentDown: false, changedAt: 0 }

/** The wait is never more times than this what the operator set; and after so many of those without a turn it halves. */
const longest = 16

/** For how long fewer workers must have been enough before others leave, in milliseconds. */
export function patienceOf({ policy, patience }: Pick<Fleet, 'policy' | 'patience'>): number {
  return (policy.autoscale?.downAfter ?? 0) * patience.factor
}

/** Workers have left for want of work. */
export function recordStepDown(draft: Draft): void {
  draft.patience = { ...draft.patience, wentDown: true }
}

/** There are more workers again: if some had left before, the next wait is twice as long. */
export function recordStepUp(draft: Draft): void {
  const { factor, wentDown } = draft.patience
  if (!wentDown) return
  draft.patience = { factor: Math.min(longest, factor * 2), wentDown: false, changedAt: draft.now }
}

/** A long time without a turn lets the wait come down again. */
export function losePatience(draft: Draft): void {
  const { factor, changedAt } = draft.patience
  const quiet = longest * (draft.policy.autoscale?.downAfter ?? 0)
  if (factor === 1 || draft.now - changedAt < quiet) return
  draft.patience = { ...draft.patience, factor: factor / 2, changedAt: draft.now }
}
