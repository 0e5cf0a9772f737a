import type { Logger } from '../observe/logger.js'
import type { FleetEvent } from './fleet/event.js'
import type { Fleet } from './fleet/state.js'
import type { Request } from './signals.js'

/** Gives a function that does what is asked for by a signal or a service manager. */
export function createRequests(options: {
  fleet: () => Fleet
  dispatch: (event: FleetEvent) => void
  reload: () => void
  /** Throws where that fails. */
  reopenLogs: () => void
  /** Whether another arbiter serves the sockets beside this one, and would go on after a stop. */
  isServedOn: () => boolean
  log: Logger
}): (request: Request) => void {
  const { fleet, dispatch, reload, reopenLogs, isServedOn, log } = options

  function reopen(): void {
    try {
      reopenLogs()
    } catch (error) {
      log.error(`The logs are not reopened: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return (request) => {
    switch (request) {
      case 'stop':
      case 'quit':
        dispatch({ type: 'stop', quick: request === 'quit', servedOn: isServedOn() })
        return
      case 'reload':
        reload()
        return
      case 'more':
      case 'fewer':
        dispatch({ type: 'scale', target: fleet().target + (request === 'more' ? 1 : -1) })
        return
      case 'reopen':
        reopen()
        return
      case 'pause':
        dispatch({ type: 'pause' })
        return
      case 'upgrade':
        // Whoever holds what the next arbiter needs hears it first.
        return
    }
  }
}
