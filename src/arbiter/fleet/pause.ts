import { type Draft, notify } from './draft.js'
import { noTrend } from './load.js'
import { failRollout } from './rollout.js'
import { setTarget } from './scale.js'

/**
 * Has every worker leave as in a rollout, while the sockets stay: what comes waits in their queues. A rollout is given up,
 * since nobody is left in whom it could prove itself.
 */
export function beginPause(draft: Draft): void {
  if (draft.stop || !draft.everReady || draft.paused !== undefined) return
  failRollout(draft, 'the workers are paused', undefined)
  draft.reloadQueued = false
  notify(draft, { type: 'scaled', from: draft.target, to: 0, reason: 'request', load: undefined })
  draft.paused = draft.target
  draft.target = 0
  draft.trend = noTrend
}

/** Has as many workers again as before the pause. */
export function endPause(draft: Draft): void {
  if (draft.paused !== undefined) setTarget(draft, draft.paused, 'reload')
}
