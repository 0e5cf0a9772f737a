import { chownSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Identity } from '../machine/identity.js'
import { type BindAddress, bindText, type ListenAddress } from '../sockets/address.js'
import { type BoundAddress, bindAddress } from '../sockets/bind.js'
import { adoptSocket, descriptorsOf, type PassedSocket } from '../sockets/inherited.js'

/** The listening sockets of the arbiter. */
export interface Listeners {
  /**
   * The sockets of these addresses, in their order; those that are not open yet are opened, all or none. An address in
   * use is tried again for some seconds, since its holder may be leaving.
   *
   * @param identity - whom unix sockets are to belong to, and with which mask
   * @param waiting.onBusy - is told before each further try
   * @param waiting.stop - ends the waiting; the error is then that of an aborted operation
   */
  open(
    addresses: readonly BindAddress[],
    identity: Identity,
    waiting: { onBusy: (text: string) => void; stop: AbortSignal },
  ): Promise<readonly BoundAddress[]>
  /** Whether the arbiter has its copy of this socket. */
  isOpen(socket: BoundAddress): boolean
  /**
   * Closes the arbiter's copies of all others, which it gives; the workers' copies serve on. Sockets that were passed to
   * the arbiter stay open, since they could not be had again.
   */
  keep(wanted: ReadonlySet<BoundAddress>): readonly BoundAddress[]
  /** Closes all copies of the arbiter. */
  release(): void
  /** Removes the paths of unix sockets that were given up, are still ours and are used by nobody. */
  removeUnused(isUsed: (socket: BoundAddress) => boolean): void
}

/**
 * Listeners without any socket yet.
 *
 * @param passed - the sockets that addresses may name
 * @param onOpen - is told of each that is opened
 */
export function createListeners(
  passed: readonly PassedSocket[],
  onOpen: (socket: BoundAddress) => void,
): Listeners {
  const open = new Map<string, BoundAddress>()
  const givenUp = new Map<string, BoundAddress>()
  const adopted = new Map<number, BoundAddress>()

  async function openOne(
    key: string,
    address: ListenAddress,
    identity: Identity,
    options: Parameters<typeof bindAddress>[1],
  ): Promise<BoundAddress> {
    // Its path is free again as soon as nobody claims it.
    givenUp.get(key)?.remove()
    givenUp.delete(key)
    const socket = await bindAddress(address, options)
    open.set(key, socket)
    if (address.kind === 'unix') giveAway(address.path, identity)
    return socket
  }

  function adopt(fd: number): BoundAddress {
    const present = adopted.get(fd)
    if (present) return present
    const socket = adoptSocket(fd, passed)
    adopted.set(fd, socket)
    onOpen(socket)
    return socket
  }

  function close(key: string, socket: BoundAddress): void {
    open.delete(key)
    givenUp.set(key, socket)
    socket.close()
  }

  return {
    async open(addresses, identity, { onBusy, stop: signal }) {
      const before = new Set(open.keys())
      const wait = (milliseconds: number) => delay(milliseconds, undefined, { signal })
      const umask = identity.umask === undefined ? undefined : process.umask(identity.umask)
      try {
        const sockets = new Set<BoundAddress>()
        for (const [key, address] of keysOf(addresses)) {
          if (address.kind === 'fd') for (const fd of descriptorsOf(address, passed)) sockets.add(adopt(fd))
          else sockets.add(open.get(key) ?? (await openOne(key, address, identity, { onBusy, wait })))
        }
        for (const [key, socket] of open) if (!before.has(key)) onOpen(socket)
        return [...sockets]
      } catch (error) {
        for (const [key, socket] of [...open]) {
          if (before.has(key)) continue
          close(key, socket)
          socket.remove()
          givenUp.delete(key)
        }
        throw error
      } finally {
        if (umask !== undefined) process.umask(umask)
      }
    },
    isOpen: (socket) => [...open.values(), ...adopted.values()].includes(socket),
    keep(wanted) {
      const others = [...open].filter(([, socket]) => !wanted.has(socket))
      for (const [key, socket] of others) close(key, socket)
      return others.map(([, socket]) => socket)
    },
    release() {
      for (const [key, socket] of [...open]) close(key, socket)
      for (const socket of adopted.values()) socket.close()
      adopted.clear()
    },
    removeUnused(isUsed) {
      for (const [key, socket] of [...givenUp]) {
        if (isUsed(socket)) continue
        socket.remove()
        givenUp.delete(key)
      }
    },
  }
}

/** Each address by a key that stays the same over reloads. Port 0 may be wanted several times. */
function keysOf(addresses: readonly BindAddress[]): [key: string, address: BindAddress][] {
  const texts = addresses.map(bindText)
  return addresses.map((address, index) => {
    const text = bindText(address)
    return [`${text} ${texts.slice(0, index).filter((other) => other === text).length}`, address]
  })
}

/** A unix socket belongs to whom the workers run as. */
function giveAway(path: string, { uid, gid }: Identity): void {
  if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1)
}
