import type { WantedAddress } from '../../ipc/messages.js'
import { bootFailed, giveUp } from './death.js'
import { type Draft, notify, quitWorker } from './draft.js'
import type { BootFailure } from './event.js'
import { isBooting, type Worker } from './state.js'

/** So many addresses are sought for a generation: an app that listens somewhere else each time goes round in circles. */
export const mostSought = 8

/**
 * A script listens at an address that the arbiter does not hold. One that boots ends, and is started again with it; one
 * that serves goes on until a successor has it. The first address takes the place of the one that nobody chose, so it is
 * settled as soon as anything was ready: clients know that one. Further addresses may come at any time.
 */
export function addressNeeded(
  draft: Draft,
  worker: Worker,
  wanted: WantedAddress,
  failure: BootFailure,
): void {
  if (worker.state === 'ready') {
    if (!draft.stop) seek(draft, worker, wanted)
    return
  }
  if (!isBooting(worker)) return
  const isSettled = wanted.how === 'first' && draft.everReady
  const goesRound = draft.seeker === undefined && draft.sought >= mostSought
  if (draft.stop || isSettled || goesRound) {
    bootFailed(draft, worker, failure)
    return
  }
  quitWorker(draft, worker, 'request')
  // It tells its wish again if it is another one than that which is being seen to.
  if (draft.seeker) return
  draft.seeker = worker
  draft.sought++
  seek(draft, worker, wanted)
}

function seek(draft: Draft, { id }: Worker, wanted: WantedAddress): void {
  notify(draft, { type: 'address-needed', wanted })
  draft.effects.push({ type: 'hold-address', seeker: id, wanted })
}

/** The arbiter holds the address; slots are filled again. */
export function addressHeld(draft: Draft, seeker: number): void {
  if (draft.seeker?.id === seeker) draft.seeker = undefined
}

/** The address can't be had, so the app of the worker that sought it can't boot. One that serves serves on without it. */
export function addressRefused(draft: Draft, seeker: number, exitCode: number): void {
  const worker = draft.seeker
  if (worker?.id !== seeker) return
  draft.seeker = undefined
  giveUp(draft, worker, 'boot-failure', 'an address that the app listens at is not to be had', exitCode)
}
