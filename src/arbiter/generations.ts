import { NworkersError } from '../errors.js'
import type { WantedAddress } from '../ipc/messages.js'
import type { Logger } from '../observe/logger.js'
import { secureUrl } from '../sockets/address.js'
import type { Blueprint } from './blueprint.js'
import { type Blueprints, createBlueprints } from './blueprints.js'
import type { Crew } from './crew.js'
import type { Effect, FleetEvent, Notice } from './fleet/event.js'
import type { Fleet } from './fleet/state.js'
import type { Listeners } from './listeners.js'
import { policyOf } from './policy.js'

/** How long a hook process that is no longer needed waits for hooks that run, in milliseconds. */
const lastHook = 2_000

/** The generations of the fleet: what they are made from, and where they listen. */
export interface Generations {
  readonly blueprints: Blueprints
  /** Follows rollouts. */
  observe(notice: Notice): void
  /** The newest generation listens at an address that its app has chosen; what it no longer needs is given up. */
  holdAddress(effect: Effect & { type: 'hold-address' }): void
  /** Gives up the sockets that belong neither to the generation that serves nor to one that is to follow. */
  giveUpSockets(): void
}

/**
 * @param options.relocate - draws a blueprint anew for an address; gives the same one if it has that already
 */
export function createGenerations(options: {
  first: Blueprint
  relocate: (current: Blueprint, wanted: WantedAddress) => Promise<Blueprint>
  fleet: () => Fleet
  dispatch: (event: FleetEvent) => void
  listeners: Listeners
  crew: Pick<Crew, 'uses' | 'placeOf'>
  log: Logger
}): Generations {
  const { fleet, dispatch, listeners, crew, log } = options
  const blueprints = createBlueprints(options.first)
  let holding = Promise.resolve()

  function giveUpSockets(): void {
    const { stop, generation, goal } = fleet()
    if (stop) return
    for (const { hooks } of blueprints.keepOnly([generation, goal])) void hooks?.close(lastHook)
    const isSecure = blueprints.latest().settings.certfile !== undefined
    for (const { url } of listeners.keep(blueprints.sockets()))
      log.info(`No longer listening at: ${isSecure ? secureUrl(url) : url}`)
    listeners.removeUnused(crew.uses)
  }

  function observe(notice: Notice): void {
    switch (notice.type) {
      case 'reload-started':
        blueprints.rollOut(notice.generation)
        return
      case 'reload-failed':
        if (blueprints.rollBack(notice.stays))
          dispatch({ type: 'retune', policy: policyOf(blueprints.latest().settings) })
        giveUpSockets()
        return
      case 'reload-done':
        giveUpSockets()
        return
    }
  }

  /** One after the other, since each starts from what the one before has come to. */
  function holdAddress(effect: Effect & { type: 'hold-address' }): void {
    holding = holding.then(() => hold(effect))
  }

  async function hold({ seeker, wanted }: Effect & { type: 'hold-address' }): Promise<void> {
    const { goal } = fleet()
    try {
      const drawn = await options.relocate(blueprints.of(goal), wanted)
      if (drawn !== blueprints.of(goal)) blueprints.redraw(goal, drawn)
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error))
      const exitCode = error instanceof NworkersError ? error.exitCode : 1
      dispatch({ type: 'address-refused', seeker, exitCode })
      return
    }
    giveUpSockets()
    dispatch({ type: 'address-held', seeker })
    recycleOutdated()
  }

  /** Workers that serve without the address are replaced by such as have it. */
  function recycleOutdated(): void {
    const { goal, workers } = fleet()
    for (const { id, generation } of workers.values()) {
      if (generation !== goal || crew.placeOf(id)?.script === blueprints.of(goal).script) continue
      dispatch({ type: 'recycle', id, reason: 'request' })
    }
  }

  return { blueprints, observe, holdAddress, giveUpSockets }
}
