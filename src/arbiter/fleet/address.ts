import { bootFailed } from './death.js'
import { type Draft, notify, quitWorker } from './draft.js'
import type { BootFailure } from './event.js'
import { isBooting, type Worker } from './state.js'
import { beginStop } from './stop.js'

/**
 * A script listens at an address that the arbiter does not hold, and its worker ends. At the very start the arbiter goes
 * to that address, once, and the worker is started again; later it is a failure to boot, since clients know the old one.
 */
export function addressNeeded(draft: Draft, worker: Worker, address: string, failure: BootFailure): void {
  if (!isBooting(worker)) return
  if (draft.everReady || draft.address !== 'given' || draft.stop) {
    bootFailed(draft, worker, failure)
    return
  }
  draft.address = 'wanted'
  quitWorker(draft, worker, 'request')
  notify(draft, { type: 'address-needed', address })
  draft.effects.push({ type: 'move-address', address })
}

/** The arbiter holds the address; slots are filled again. */
export function addressMoved(draft: Draft): void {
  if (draft.address === 'wanted') draft.address = 'moved'
}

/** The address can't be had: that ends the start. */
export function addressRefused(draft: Draft, exitCode: number): void {
  if (draft.address !== 'wanted') return
  draft.address = 'moved'
  if (!draft.stop) beginStop(draft, true, exitCode)
}
