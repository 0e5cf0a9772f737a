import type { ServerInfo } from '../hooks/hooks.js'
import type { Settings } from '../settings/settings.js'
import { secureUrl } from '../sockets/address.js'
import type { BoundAddress } from '../sockets/bind.js'
import type { Fleet } from './fleet/state.js'

/** The arbiter as hooks see it; before it has bound anything there is no fleet. */
export function describeServer(
  { name, workers, certfile }: Settings,
  there?: { fleet: Fleet; sockets: readonly BoundAddress[] },
): ServerInfo {
  return {
    pid: process.pid,
    name,
    generation: there?.fleet.generation ?? 1,
    workers: there?.fleet.target ?? workers,
    addresses: there?.sockets.map(({ url }) => (certfile ? secureUrl(url) : url)) ?? [],
  }
}
