import type { Server } from 'node:http'
import type { Shell } from '../arbiter/shell.js'
import type { Upgrades } from '../arbiter/upgrade/upgrades.js'
import { createError } from '../errors.js'
import type { Logger } from '../observe/logger.js'
import type { Settings } from '../settings/settings.js'
import { formatAddress, type TcpAddress } from '../sockets/address.js'
import { packageVersion } from '../version.js'
import { adminRoutes } from './admin.js'
import { createRoutedServer, type Route } from './http.js'
import { observe } from './observation.js'
import { controlRoutes } from './routes.js'
import { type Closing, closing, listenAtPath } from './socket.js'

/** A way in from outside. It is there before the fleet, so that nothing is started where it can't be. */
export interface Door {
  /** From now on it answers for this arbiter. */
  open(shell: Shell, upgrades: Upgrades): void
  /** Leaves the place to another arbiter; who is connected stays so. */
  letGo(): void
  /** Ends it with all its connections. */
  close(): void
}

/**
 * Opens the control socket and the admin address, where they are wanted: both or none.
 * @throws NWORKERS_E_CONTROL_SOCKET, NWORKERS_E_ADDRESS
 */
export async function openAll(
  { controlSocket, admin }: Pick<Settings, 'controlSocket' | 'admin'>,
  log: Logger,
): Promise<Door> {
  const ofControl: Route[] = []
  const ofAdmin: Route[] = []
  const closings: Closing[] = []
  const close = () => {
    for (const each of closings) each.close()
  }
  try {
    if (controlSocket !== undefined) {
      closings.push(await listenAtPath(createRoutedServer(ofControl), controlSocket))
      log.info(`Control socket: ${controlSocket}`)
    }
    if (admin) {
      const server = createRoutedServer(ofAdmin)
      closings.push(await listenAt(server, admin))
      log.info(`Admin page: ${addressOf(server, admin)}`)
    }
  } catch (error) {
    close()
    throw error
  }
  return {
    open(shell, upgrades) {
      const observation = observe(shell, upgrades, packageVersion())
      ofControl.push(...controlRoutes({ shell, upgrades, observation, log }))
      ofAdmin.push(...adminRoutes(shell, observation))
    },
    letGo() {
      for (const each of closings) each.letGo()
    },
    close,
  }
}

async function listenAt(server: Server, address: TcpAddress): Promise<Closing> {
  await new Promise<void>((resolve, reject) => {
    const failed = ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'it is in use; choose another one with --admin' : message
      reject(createError('NWORKERS_E_ADDRESS', formatAddress(address), reason))
    }
    server.once('error', failed)
    server.listen(address.port, address.host, () => {
      server.removeListener('error', failed)
      resolve()
    })
  })
  return closing(server)
}

/** With the port that the system chose, where it was left to choose. */
function addressOf(server: Server, address: TcpAddress): string {
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
  return formatAddress({ ...address, port })
}
