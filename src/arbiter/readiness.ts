import type { FleetEvent } from './fleet/event.js'

/** Passes a worker's events on; that it is ready, not before its app has said so too. */
export interface Readiness {
  pass(event: FleetEvent): void
  /** The app called `process.send('ready')`. */
  said(): void
}

/**
 * The readiness of one worker.
 *
 * @param waits - whether the app's word is waited for
 */
export function createReadiness(waits: boolean, tell: (event: FleetEvent) => void): Readiness {
  let hasSaid = !waits
  let held: FleetEvent | undefined
  return {
    pass(event) {
      if (event.type === 'ready' && !hasSaid) held = event
      else tell(event)
    },
    said() {
      hasSaid = true
      if (held) tell(held)
      held = undefined
    },
  }
}
