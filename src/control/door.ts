import type { Server } from 'node:http'
import type { Shell } from '../arbiter/shell.js'
import { createError } from '../errors.js'
import type { Logger } from '../observe/logger.js'
import type { Settings } from '../settings/settings.js'
import { formatAddress, type TcpAddress } from '../sockets/address.js'
import { packageVersion } from '../version.js'
import { adminRoutes } from './admin.js'
import { createRoutedServer, type Route } from './http.js'
import { observe } from './observation.js'
import { controlRoutes } from './routes.js'
import { listenAtPath } from './socket.js'

/** A way in from outside. It is there before the fleet, so that nothing is started where it can't be. */
export interface Door {
  /** From now on it answers for this arbiter. */
  open(shell: Shell): void
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
  const closers: Array<() => void> = []
  const close = () => {
    for (const end of closers) end()
  }
  try {
    if (controlSocket !== undefined) {
      closers.push(await listenAtPath(createRoutedServer(ofControl), controlSocket))
      log.info(`Control socket: ${controlSocket}`)
    }
    if (admin) {
      const server = createRoutedServer(ofAdmin)
      closers.push(await listenAt(server, admin))
      log.info(`Admin page: ${addressOf(server, admin)}`)
    }
  } catch (error) {
    close()
    throw error
  }
  return {
    open(shell) {
      const observation = observe(shell, packageVersion())
      ofControl.push(...controlRoutes(shell, observation, log))
      ofAdmin.push(...adminRoutes(shell, observation))
    },
    close,
  }
}

async function listenAt(server: Server, address: TcpAddress): Promise<() => void> {
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
  return () => {
    server.close()
    server.closeAllConnections()
  }
}

/** With the port that the system chose, where it was left to choose. */
function addressOf(server: Server, address: TcpAddress): string {
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
  return formatAddress({ ...address, port })
}
