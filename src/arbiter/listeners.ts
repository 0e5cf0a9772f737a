import { chownSync, closeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Identity } from '../machine/identity.js'
import { type BindAddress, bindText, type ListenAddress } from '../sockets/address.js'
import { type BoundAddress, bindAddress } from '../sockets/bind.js'
import { adoptSocket, descriptorsOf, inheritSocket, type PassedSocket } from '../sockets/inherited.js'

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
  /** The sockets that are open, for the next arbiter. */
  shared(): SharedSockets
  /** Takes what belongs to the sockets from the arbiter that hands them over, or hands them back. Throws what is in the way. */
  claim(other: number): void
  /** Gives up what was claimed. */
  disclaim(): void
  /**
   * Another arbiter has them now: those with these keys stay open until the end of the process, which must then be
   * `process.exit`, and their paths are its own. The others are closed, and given.
   */
  handOver(keys: readonly string[]): readonly BoundAddress[]
}

/** Sockets as they go to another arbiter. */
export interface SharedSockets {
  /** Those that were bound here, by a key that says which `--bind` they are for. */
  readonly bound: readonly { key: string; fd: number }[]
  /** Those that were passed to this process and are served. */
  readonly adopted: readonly number[]
}

/**
 * Listeners without any socket yet.
 *
 * @param passed - the sockets that addresses may name
 * @param inherited - the descriptors of sockets that the arbiter before has bound, by their keys
 * @param onOpen - is told of each that is opened
 */
export function createListeners(
  passed: readonly PassedSocket[],
  inherited: ReadonlyMap<string, number>,
  onOpen: (socket: BoundAddress) => void,
): Listeners {
  const open = new Map<string, BoundAddress>()
  const givenUp = new Map<string, BoundAddress>()
  const adopted = new Map<number, BoundAddress>()
  const heirlooms = new Map(inherited)
  let isHandedOver = false

  async function openOne(
    key: string,
    address: ListenAddress,
    identity: Identity,
    options: Parameters<typeof bindAddress>[1],
  ): Promise<BoundAddress> {
    // Its path is free again as soon as nobody claims it.
    givenUp.get(key)?.remove()
    givenUp.delete(key)
    const heirloom = heirlooms.get(key)
    if (heirloom !== undefined) {
      // Once closed it is gone.
      heirlooms.delete(key)
      const socket = inheritSocket(heirloom, { address })
      open.set(key, socket)
      return socket
    }
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
      if (isHandedOver) return
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
    shared: () => ({
      bound: [...open].map(([key, { fd }]) => ({ key, fd })),
      adopted: [...adopted.keys()],
    }),
    claim(other) {
      for (const socket of open.values()) socket.claim(other)
      // While they are open the kernel completes handshakes that nobody serves.
      for (const fd of heirlooms.values()) closeSync(fd)
      heirlooms.clear()
    },
    disclaim() {
      for (const socket of open.values()) socket.disclaim()
    },
    handOver(keys) {
      isHandedOver = true
      const others = [...open].filter(([key]) => !keys.includes(key))
      for (const [key, socket] of others) close(key, socket)
      return others.map(([, socket]) => socket)
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
