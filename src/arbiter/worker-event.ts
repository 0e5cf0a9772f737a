import { existsSync } from 'node:fs'
import type { FromWorker } from '../ipc/messages.js'
import type { FleetEvent } from './fleet/event.js'

/** What it comes to when an app wants another address than the one that is served. */
const unsettled = { code: 'NWORKERS_E_BOOT', exitCode: 3 }

/** What a message of a worker is for the fleet; undefined if it is nothing. */
export function eventOf(id: number, message: FromWorker): FleetEvent | undefined {
  switch (message.type) {
    case 'failed': {
      const { code, exitCode, message: text } = message
      return { type: 'failed', id, failure: { code, exitCode, message: text } }
    }
    case 'address-needed': {
      const { wanted, message: text } = message
      return { type: 'address-needed', id, wanted, failure: { ...unsettled, message: text } }
    }
    case 'leaving':
      return { type: 'leaving', id, reason: message.reason }
    case 'beat':
      return { type: 'beat', id, utilization: message.utilization }
    case 'accept-again':
    case 'queue-empty':
    case 'files':
    case 'metrics':
    case 'inspector-closed':
      return undefined
    default:
      return { type: message.type, id }
  }
}

/** Says why a worker's process could not be made. */
export function describeSpawnError(error: NodeJS.ErrnoException, cwd: string): string {
  // The system says ENOENT of the program where it is the directory that has gone.
  if (error.code === 'ENOENT' && !existsSync(cwd)) return `the directory ${cwd} has gone`
  if (error.code === 'EAGAIN') return `${error.message}: no further process is allowed (ulimit -u, TasksMax=)`
  return error.message
}
