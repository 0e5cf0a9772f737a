import { chownSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Identity } from '../machine/identity.js'
import type { BindAddress } from '../sockets/address.js'
import { type BoundAddress, bindAddress } from '../sockets/bind.js'
import { adoptSocket, descriptorsOf, type PassedSocket } from '../sockets/inherited.js'

/** The listening sockets of the arbiter, in the order of `--bind`. */
export interface Listeners {
  readonly bound: readonly BoundAddress[]
  /** Whether the arbiter has given its copies up. */
  readonly released: boolean
  /** Closes the arbiter's copies; the workers' copies serve on. */
  release(): void
  /** Closes them and removes the paths of unix sockets that are still ours: for when the last worker has gone. */
  remove(): void
}

/**
 * Binds every address or none. An address in use is tried again for some seconds, since its holder may be leaving.
 *
 * @param identity - whom unix sockets are to belong to, and with which mask
 * @param passed - the sockets that addresses may name
 * @param waiting.onBusy - is told before each further try
 * @param waiting.stop - ends the waiting; the error is then that of an aborted operation
 */
export async function bindAll(
  addresses: readonly BindAddress[],
  identity: Identity,
  passed: readonly PassedSocket[],
  waiting: { onBusy: (text: string) => void; stop: AbortSignal },
): Promise<Listeners> {
  const { onBusy, stop: signal } = waiting
  const wait = (milliseconds: number) => delay(milliseconds, undefined, { signal })
  const bound: BoundAddress[] = []
  let released = false
  const release = () => {
    released = true
    for (const address of bound) address.close()
  }
  const remove = () => {
    for (const address of bound) address.remove()
  }
  const umask = identity.umask === undefined ? undefined : process.umask(identity.umask)
  try {
    for (const address of addresses) {
      if (address.kind === 'fd') {
        const known = new Set(bound.map(({ fd }) => fd))
        const fds = descriptorsOf(address, passed).filter((fd) => !known.has(fd))
        for (const fd of fds) bound.push(adoptSocket(fd, passed))
        continue
      }
      bound.push(await bindAddress(address, { onBusy, wait }))
      if (address.kind === 'unix') giveAway(address.path, identity)
    }
  } catch (error) {
    release()
    remove()
    throw error
  } finally {
    if (umask !== undefined) process.umask(umask)
  }
  return {
    bound,
    get released() {
      return released
    },
    release,
    remove,
  }
}

/** A unix socket belongs to whom the workers run as. */
function giveAway(path: string, { uid, gid }: Identity): void {
  if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1)
}
