import { type Draft, drainWorker, killWorker, notify, quitWorker } from './draft.js'
import { failRollout } from './rollout.js'
import { isLeaving, type Worker } from './state.js'

/** Begins the final stop, or hurries one. A second graceful stop changes nothing. */
export function beginStop(draft: Draft, quick: boolean, exitCode: number, servedOn = false): void {
  if (draft.stop) {
    if (quick && !draft.stop.quick) {
      draft.stop = { ...draft.stop, quick, drainAt: draft.now }
      notify(draft, { type: 'stopping', quick })
    }
    return
  }
  failRollout(draft, 'nworkers is stopping', undefined)
  draft.reloadQueued = false
  const delay = quick || servedOn || !draft.everReady ? 0 : draft.policy.shutdownDelay
  draft.stop = { quick, exitCode, servedOn, drainAt: draft.now + delay, released: false }
  notify(draft, { type: 'stopping', quick })
}

/** Asks everybody to leave once the shutdown delay is over, and ends when nobody is left. */
export function advanceStop(draft: Draft): void {
  if (!draft.stop || draft.now < draft.stop.drainAt) return
  const { quick, servedOn } = draft.stop
  if (!draft.stop.released) {
    draft.stop = { ...draft.stop, released: true }
    // First the arbiter's own copies, as soon as nothing is queued: while any is open the kernel completes handshakes.
    if (!servedOn) draft.effects.push({ type: 'release-listeners' })
  }
  for (const worker of [...draft.workers.values()]) {
    if (!isLeaving(worker)) {
      if (quick) quitWorker(draft, worker, 'stop')
      else drainWorker(draft, worker, 'stop', !servedOn)
    } else if (quick && worker.state === 'draining') hurry(draft, worker)
    else if (quick && worker.state === 'hung') killWorker(draft, worker, 'hung')
  }
  if (draft.workers.size === 0) {
    draft.exited = true
    draft.effects.push({ type: 'exit', code: draft.stop.exitCode })
  }
}

function hurry(draft: Draft, worker: Worker): void {
  quitWorker(draft, worker, worker.reason ?? 'stop')
}
