import type { Server } from 'node:http'
import { createError } from '../errors.js'
import { claimPath, PathRefused } from '../sockets/unix.js'

/** Read and write for the owner alone; listening gives what the mask leaves. */
const ownerOnly = 0o177

/**
 * Has the server listen at this path, for the owner's eyes alone; a socket file that nobody listens at is replaced.
 *
 * @returns closes the server and its connections, and removes the path
 * @throws NWORKERS_E_CONTROL_SOCKET
 */
export async function listenAtPath(server: Server, path: string): Promise<() => void> {
  try {
    const lock = await claimPath(path)
    try {
      await listen(server, path)
    } catch (error) {
      lock.release()
      throw error
    }
    return () => {
      // Node removes the path with the handle that has bound it.
      server.close()
      server.closeAllConnections()
      lock.release()
    }
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
