import type { SendHandle } from 'node:child_process'
import { lstatSync, renameSync, type Stats, unlinkSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BoundHandle, bindHandle } from './handle.js'
import { type Lock, takeLock } from './lock.js'
import { once } from './once.js'

/** A unix socket that is bound at its path, with the path and the lock beside it owned by this process. */
export interface BoundPath {
  readonly fd: number
  /** What `send` of a child process takes to give it one more copy. Not after `close`. */
  share(): SendHandle
  /** Closes the descriptor and leaves the path to whoever listens on a copy of the socket. */
  close(): void
  /** Takes the lock again, after another arbiter had it to which the path was to go. */
  claim(other: number): void
  /** Removes the path if it still leads to this socket, and the lock. */
  remove(): void
}

/** Why a path can't be bound. */
export class PathRefused extends Error {
  /** The path is taken by a process that serves it or is about to. */
  readonly inUse: boolean
  /** That process, where the lock names it. */
  readonly pid: number | undefined

  constructor(reason: string, holder: { inUse: boolean; pid?: number } = { inUse: false }) {
    super(reason)
    this.inUse = holder.inUse
    this.pid = holder.pid
  }
}

/** The size of `sun_path` less its final zero. */
const longestPath = process.platform === 'linux' ? 107 : 103

/** A local listener answers a connect at once; a full queue holds it up, which is an answer too. Milliseconds. */
const probeTimeout = 1000

/**
 * Binds a unix socket at this path. A socket file that nobody listens at is replaced.
 *
 * A socket that is bound and not yet listening refuses connections, just as a stale one does, and an arbiter's socket is
 * in that state until its first worker is ready: so a lock file, `PATH.lock`, is held beside it.
 *
 * Throws {@link PathRefused}, or the error of the file system.
 */
export async function bindPath(path: string): Promise<BoundPath> {
  let lock = await claimPath(path)
  try {
    const handle = bindHandle({ path })
    const inode = statOf(path)?.ino
    return {
      fd: handle.fd,
      share: handle.share,
      close: once(() => closeAndKeep(handle, path)),
      claim(other) {
        lock = lockBeside(path, other)
      },
      remove: once(() => {
        attempt(() => {
          if (inode !== undefined && statOf(path)?.ino === inode) unlinkSync(path)
        })
        lock.release()
      }),
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The path of a unix socket that another arbiter has bound, and which becomes this one's. */
export interface AdoptedPath {
  /**
   * Takes the lock beside it, from the arbiter that hands it over. Throws {@link PathRefused} where a third process has it,
   * or the error of the file system.
   */
  claim(predecessor: number): void
  /** Gives the lock up again. */
  disclaim(): void
  /** Removes the path if it still leads to this socket, and the lock. */
  remove(): void
}

/** The path is only owned between `claim` and `disclaim`. */
export function adoptPath(path: string): AdoptedPath {
  const inode = statOf(path)?.ino
  let lock: Lock | undefined
  const disclaim = () => {
    lock?.release()
    lock = undefined
  }
  return {
    claim(predecessor) {
      lock = lockBeside(path, predecessor)
    },
    disclaim,
    remove() {
      if (lock === undefined) return
      attempt(() => {
        if (inode !== undefined && statOf(path)?.ino === inode) unlinkSync(path)
      })
      disclaim()
    },
  }
}

/**
 * Makes sure that a unix socket can be bound at this path, and takes the lock beside it.
 *
 * Throws {@link PathRefused}, or the error of the file system.
 */
export async function claimPath(path: string): Promise<Lock> {
  if (Buffer.byteLength(path) > longestPath) {
    const length = `the path has ${Buffer.byteLength(path)} bytes`
    throw new PathRefused(`${length}, and a unix socket's path at most ${longestPath}`)
  }
  if (statOf(dirname(path))?.isDirectory() !== true) {
    throw new PathRefused(`there is no folder ${dirname(path)}`)
  }
  const lock = lockBeside(path)
  try {
    await makeRoom(path)
    return lock
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Holds the lock beside a path, which a predecessor may hand over. Throws {@link PathRefused}. */
function lockBeside(path: string, predecessor?: number): Lock {
  const lock = takeLock(`${path}.lock`, predecessor)
  if ('heldBy' in lock) throw new PathRefused('it is in use', { inUse: true, pid: lock.heldBy })
  return lock
}

/** Removes a stale socket. */
async function makeRoom(path: string): Promise<void> {
  const there = statOf(path)
  if (there === undefined) return
  if (!there.isSocket()) throw new PathRefused('something that is not a socket is there; remove it')
  const answer = await connectTo(path)
  if (answer === 'ENOENT') return
  if (answer === 'EACCES') throw new PathRefused('a socket of another user is there')
  if (answer !== 'ECONNREFUSED') throw new PathRefused('it is in use', { inUse: true })
  unlinkSync(path)
}

/** `connected`, or the code of the error; a listener that is too busy to answer counts as connected. */
async function connectTo(path: string): Promise<string> {
  const socket = createConnection(path)
  const abandon = new AbortController()
  try {
    return await Promise.race([
      new Promise<string>((resolve) => {
        socket.once('connect', () => resolve('connected'))
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'connected'))
      }),
      delay(probeTimeout, 'connected', { signal: abandon.signal }),
    ])
  } finally {
    abandon.abort()
    socket.destroy()
  }
}

/**
 * libuv unlinks the path that a handle has bound when that handle closes, without a look at what is there by now. So the
 * path, whoever owns it, stands aside for that moment.
 */
function closeAndKeep(handle: BoundHandle, path: string): void {
  const aside = `${path}.${process.pid}`
  const moved = attempt(() => renameSync(path, aside))
  handle.close()
  if (moved) attempt(() => renameSync(aside, path))
}

/** The end of an arbiter goes on where the folder has gone or is read-only; what stays is stale, and the next start replaces it. */
function attempt(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
