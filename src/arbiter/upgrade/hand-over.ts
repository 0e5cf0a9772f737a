import type { Logger } from '../../observe/logger.js'
import type { PassedSocket } from '../../sockets/inherited.js'
import { successorEnvironment } from '../environment.js'
import type { Holdings } from '../holdings.js'
import type { Listeners } from '../listeners.js'
import type { Shell } from '../shell.js'
import { nameOfInit, obstacleOf } from './obstacle.js'
import type { Program } from './program.js'
import { startSuccessor } from './successor.js'
import { takeBack } from './take-over.js'
import { createUpgrades, type Upgrades } from './upgrades.js'

/** What an arbiter has, and hands over in an upgrade. */
export interface Estate {
  shell: Shell
  log: Logger
  listeners: Listeners
  holdings: Holdings
  passed: readonly PassedSocket[]
  /** Whether this arbiter is itself still waiting for its predecessor to hand over. */
  isServedOn: () => boolean
}

/** The upgrades of this arbiter to what this program is by then. */
export function upgradeTo(program: Program, estate: Estate): Upgrades {
  const { shell, log, listeners, holdings, passed } = estate

  return createUpgrades({
    shell,
    log,
    obstacle: () =>
      obstacleOf({
        pid: process.pid,
        parent: process.ppid,
        environment: process.env,
        init: nameOfInit(),
        fleet: shell.fleet(),
        isSuccessor: estate.isServedOn(),
      }),
    start() {
      const { paused, target } = shell.fleet()
      const { bound, adopted } = listeners.shared()
      const { settings, script } = shell.blueprint()
      return startSuccessor(
        program,
        successorEnvironment(process.env),
        {
          arbiter: process.pid,
          passed,
          bound,
          workers: { set: settings.workers, now: paused ?? target },
          script,
        },
        adopted,
      )
    },
    letGo: holdings.letGoOfDoors,
    takeBack: () => takeBack({ holdings, listeners }, log),
    introduce: shell.serviceManager.handOver,
    reclaim: shell.serviceManager.begin,
    leave(sockets) {
      for (const { url } of listeners.handOver(sockets)) log.info(`No longer listening at: ${url}`)
      shell.dispatch({ type: 'stop', quick: false, servedOn: true })
    },
  })
}
