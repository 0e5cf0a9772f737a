import type { Logger } from '../../observe/logger.js'
import type { Holdings } from '../holdings.js'
import type { Listeners } from '../listeners.js'

/** What one arbiter takes when another has let go of it. */
export interface Takeable {
  holdings: Holdings
  listeners: Listeners
}

/** Takes it from the arbiter that hands over. Throws what is in the way. */
export async function takeOver(predecessor: number, { holdings, listeners }: Takeable): Promise<void> {
  holdings.takePidfile(predecessor)
  listeners.claim(predecessor)
  await holdings.openDoors()
}

/** Takes it again, when the other one has failed. What can't be had is told; the service goes on. */
export async function takeBack({ holdings, listeners }: Takeable, log: Logger): Promise<void> {
  const steps = [() => holdings.takePidfile(), () => listeners.claim(process.pid), () => holdings.openDoors()]
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error))
    }
  }
}
