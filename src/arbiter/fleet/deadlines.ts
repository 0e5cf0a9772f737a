import { giveUp } from './death.js'
import { type Draft, drainWorker, killWorker, notify, patchWorker } from './draft.js'
import { type Worker, waits } from './state.js'

/** Ends what has taken too long. */
export function enforceDeadlines(draft: Draft): void {
  for (const worker of [...draft.workers.values()]) {
    // The end of another one may just have changed it: a failed rollout ends all its workers.
    if (draft.workers.get(worker.id) !== worker) continue
    const overdue = worker.deadline !== undefined && draft.now >= worker.deadline
    switch (worker.state) {
      case 'starting':
      case 'loaded':
        if (overdue) giveUpBooting(draft, worker)
        break
      case 'ready':
        if (isSilent(draft, worker)) examine(draft, worker)
        break
      case 'draining':
        if (overdue) {
          notify(draft, { type: 'drain-timeout', worker })
          killWorker(draft, worker, worker.reason ?? 'stop')
        } else if (isSilent(draft, worker)) examine(draft, worker)
        break
      case 'quitting':
        if (overdue) killWorker(draft, worker, worker.reason ?? 'stop')
        break
      case 'hung':
        if (overdue) killWorker(draft, worker, 'hung')
        break
      case 'killed':
        break
    }
  }
}

function isSilent(draft: Draft, worker: Worker): boolean {
  return draft.policy.timeout > 0 && draft.now - worker.beatAt >= draft.policy.timeout
}

/** It is not killed at once: it may have begun to serve, and the word of that be on its way; then it drains. */
function giveUpBooting(draft: Draft, worker: Worker): void {
  notify(draft, { type: 'boot-timeout', worker, timeout: draft.policy.bootTimeout })
  drainWorker(draft, worker, 'boot-timeout')
  giveUp(draft, worker, 'boot-timeout', `it was not ready within ${draft.policy.bootTimeout / 1000} s`)
}

/** A hung worker is examined before it is killed, so that the log can say where it hangs. */
function examine(draft: Draft, worker: Worker): void {
  const wasWanted = worker.state === 'ready'
  const hung = patchWorker(draft, worker, {
    state: 'hung',
    reason: 'hung',
    // One that drains gets no extra time for it.
    deadline: Math.min(draft.now + waits.examine, worker.deadline ?? Number.POSITIVE_INFINITY),
  })
  notify(draft, { type: 'worker-hung', worker: hung, silence: draft.now - worker.beatAt })
  draft.effects.push({ type: 'examine', id: worker.id })
  if (wasWanted) giveUp(draft, worker, 'hung', 'it hung')
}
