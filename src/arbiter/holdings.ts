import type { Door } from '../control/door.js'
import type { Logger } from '../observe/logger.js'
import type { Settings } from '../settings/settings.js'
import { createPidfile, type Pidfile } from './pidfile.js'
import type { Shell } from './shell.js'
import type { Upgrades } from './upgrade/upgrades.js'

/** What only one arbiter at a time can have. */
export interface Holdings {
  /**
   * Writes the pidfile, also in place of that of the arbiter that hands over.
   * @throws NWORKERS_E_PIDFILE
   */
  takePidfile(predecessor?: number): void
  /**
   * Opens the control socket and the admin address: both or none.
   * @throws NWORKERS_E_CONTROL_SOCKET, NWORKERS_E_ADDRESS
   */
  openDoors(): Promise<void>
  /** From now on they answer for this fleet, also when they are opened again. */
  answerFor(shell: Shell, upgrades: Upgrades): void
  /** Leaves the control socket and the admin address to another arbiter; who is connected stays so. */
  letGoOfDoors(): void
  /** Ends all of it. */
  release(): void
}

/** Holdings as these settings want them; nothing is held yet. */
export function createHoldings(
  { pid, controlSocket, admin }: Pick<Settings, 'pid' | 'controlSocket' | 'admin'>,
  log: Logger,
): Holdings {
  let pidfile: Pidfile | undefined
  let open = (_: Door): void => {}
  const doors: Door[] = []

  return {
    takePidfile(predecessor) {
      if (pid !== undefined) pidfile = createPidfile(pid, process.pid, predecessor)
    },
    async openDoors() {
      if (controlSocket === undefined && !admin) return
      // What lets operators in is only loaded where they ask for it.
      const { openAll } = await import('../control/door.js')
      const door = await openAll({ controlSocket, admin }, log)
      doors.push(door)
      open(door)
    },
    answerFor(shell, upgrades) {
      open = (door) => door.open(shell, upgrades)
      for (const door of doors) open(door)
    },
    letGoOfDoors() {
      for (const door of doors) door.letGo()
    },
    release() {
      for (const door of doors) door.close()
      pidfile?.remove()
    },
  }
}
