import type { Server } from 'node:http'
import { createError } from '../errors.js'
import { once } from '../sockets/once.js'
import { claimPath, PathRefused } from '../sockets/unix.js'

/** Read and write for the owner alone; listening gives what the mask leaves. */
const ownerOnly = 0o177

/** The ways to close a server. */
export interface Closing {
  /** It listens no more; who is connected stays so. */
  letGo(): void
  /** All its connections end, too. */
  close(): void
}

/** @param after - follows the closing of the listener */
export function closing(server: Server, after: () => void = () => {}): Closing {
  const letGo = once(() => {
    // Node removes a path with the handle that has bound it.
    server.close()
    after()
  })
  return {
    letGo,
    close() {
      letGo()
      server.closeAllConnections()
    },
  }
}

/**
 * Has the server listen at this path, for the owner's eyes alone; a socket file that nobody listens at is replaced.
 *
 * @returns the ways to close it; the path is removed
 * @throws NWORKERS_E_CONTROL_SOCKET
 */
export async function listenAtPath(server: Server, path: string): Promise<Closing> {
  try {
    const lock = await claimPath(path)
    try {
      await listen(server, path)
    } catch (error) {
      lock.release()
      throw error
    }
    return closing(server, () => lock.release())
  } catch (error) {
    throw createError('NWORKERS_E_CONTROL_SOCKET', path, reasonOf(error))
  }
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // The socket is made within this call, so the mask is nobody else's.
    const umask = process.umask(ownerOnly)
    try {
      server.listen(path, () => {
        server.removeListener('error', reject)
        resolve()
      })
    } finally {
      process.umask(umask)
    }
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof PathRefused) {
    if (!error.inUse) return error.message
    const holder = error.pid === undefined ? 'another process' : `process ${error.pid}`
    return `${holder} serves it; stop that one, or choose another path with --control-socket`
  }
  return error instanceof Error ? error.message : String(error)
}
