import { NworkersError } from '../errors.js'
import type { Logger } from '../observe/logger.js'
import { secureUrl } from '../sockets/address.js'
import type { BoundAddress } from '../sockets/bind.js'
import type { Blueprint } from './blueprint.js'
import { type Blueprints, createBlueprints } from './blueprints.js'
import type { FleetEvent, Notice } from './fleet/event.js'
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
  /** The first generation listens at the address that its script has chosen, and nobody at the one before. */
  moveAddress(address: string): Promise<void>
  /** Gives up the sockets that belong neither to the generation that serves nor to one that is to follow. */
  giveUpSockets(): void
}

/**
 * @param options.relocate - draws the first blueprint anew for an address
 * @param options.uses - whether a worker that runs has ever listened at a socket
 */
export function createGenerations(options: {
  first: Blueprint
  relocate: (address: string) => Promise<Blueprint>
  fleet: () => Fleet
  dispatch: (event: FleetEvent) => void
  listeners: Listeners
  uses: (socket: BoundAddress) => boolean
  log: Logger
}): Generations {
  const { fleet, dispatch, listeners, log } = options
  const blueprints = createBlueprints(options.first)

  function giveUpSockets(): void {
    const { stop, generation, goal } = fleet()
    if (stop) return
    for (const { hooks } of blueprints.keepOnly([generation, goal])) void hooks?.close(lastHook)
    const isSecure = blueprints.latest().settings.certfile !== undefined
    for (const { url } of listeners.keep(blueprints.sockets()))
      log.info(`No longer listening at: ${isSecure ? secureUrl(url) : url}`)
    listeners.removeUnused(options.uses)
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

  async function moveAddress(address: string): Promise<void> {
    try {
      blueprints.redraw(fleet().goal, await options.relocate(address))
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error))
      dispatch({ type: 'address-refused', exitCode: error instanceof NworkersError ? error.exitCode : 1 })
      return
    }
    giveUpSockets()
    dispatch({ type: 'address-moved' })
  }

  return { blueprints, observe, moveAddress, giveUpSockets }
}
