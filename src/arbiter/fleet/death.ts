import { recordDeath } from './backoff.js'
import { type Draft, drainDeadline, notify, patchWorker, quitDeadline, quitWorker } from './draft.js'
import type { BootFailure, Exit, FleetEvent } from './event.js'
import { failRollout } from './rollout.js'
import { isBooting, isLeaving, isProven, occupants, type Reason, slotOf, type Worker } from './state.js'
import { beginStop } from './stop.js'

/** The exit code when the app never came up and the worker could not say why. */
const bootFailureCode = 3

/** Signals by which a process ends itself; any other came from outside. */
const ownSignals = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'])

/**
 * Draws the consequences of losing a worker that was wanted: its slot rests if it died young, a rollout whose
 * worker it was has failed, and if nothing was ever ready the whole start has.
 * `worker` is as it was before it was lost.
 */
export function giveUp(
  draft: Draft,
  worker: Worker,
  reason: Reason,
  detail: string,
  exitCode?: number,
): void {
  recordDeath(draft, worker)
  if (draft.stop) return
  if (!draft.everReady) {
    beginStop(draft, true, exitCode ?? bootFailureCode)
    return
  }
  const unproven = isBooting(worker) || !isProven(worker, draft.policy, draft.now)
  if (draft.rollout?.generation === worker.generation && unproven) {
    failRollout(draft, `${reason}, ${detail}`, worker.id)
  }
}

/** A worker said why it can't boot; it ends by itself. */
export function bootFailed(draft: Draft, worker: Worker, failure: BootFailure): void {
  if (!isBooting(worker)) return
  notify(draft, { type: 'boot-failed', worker, failure })
  quitWorker(draft, worker, 'boot-failure')
  giveUp(draft, worker, 'boot-failure', firstLine(failure.message), failure.exitCode)
}

/** No process could be made for a worker. */
export function spawnFailed(draft: Draft, worker: Worker, message: string): void {
  draft.workers.delete(worker.id)
  if (isLeaving(worker)) return
  giveUp(draft, worker, 'boot-failure', message, 1)
  const { failures } = slotOf(draft, worker.slot)
  notify(draft, {
    type: 'spawn-failed',
    slot: worker.slot,
    message,
    failures,
    retryIn: retryIn(draft, worker),
  })
}

/** A worker drains or ends by itself; its slot is to be filled again. */
export function leftByItself(draft: Draft, worker: Worker, reason: 'request' | 'crash'): void {
  if (isLeaving(worker)) return
  const drains = reason === 'request' || worker.state === 'ready'
  patchWorker(draft, worker, {
    state: drains ? 'draining' : 'quitting',
    reason,
    beatAt: draft.now,
    deadline: drains ? drainDeadline(draft) : quitDeadline(draft),
  })
  giveUp(draft, worker, reason, reason === 'crash' ? 'an error nobody caught' : 'it was signalled')
}

/** A worker's process has ended. */
export function workerExited(draft: Draft, worker: Worker, event: FleetEvent & { type: 'exited' }): void {
  draft.workers.delete(worker.id)
  const reason = worker.reason ?? reasonOf(worker, event.exit)
  if (!isLeaving(worker)) giveUp(draft, worker, reason, describeExit(event.exit))
  const { failures } = slotOf(draft, worker.slot)
  draft.exits = { ...draft.exits, [reason]: (draft.exits[reason] ?? 0) + 1 }
  notify(draft, {
    type: 'worker-exited',
    worker,
    reason,
    exit: event.exit,
    retryIn: retryIn(draft, worker),
    failures,
  })
}

/** Milliseconds until the worker's slot is filled again; undefined where it isn't: another has it, or all stops. */
function retryIn(draft: Draft, { slot }: Worker): number | undefined {
  if (draft.stop || slot >= draft.target || occupants(draft, slot).length > 0) return undefined
  return Math.max(0, slotOf(draft, slot).retryAt - draft.now)
}

/** Why a worker ended that nobody had asked to. */
function reasonOf(worker: Worker, { signal, outOfMemory }: Exit): Reason {
  if (signal === 'SIGKILL') return outOfMemory ? 'oom' : 'killed'
  if (signal && !ownSignals.has(signal)) return 'killed'
  return worker.state === 'ready' ? 'crash' : 'boot-failure'
}

/** `exit code 1`, `signal SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
