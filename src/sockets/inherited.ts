import { createError } from '../errors.js'
import { type BindAddress, formatAddress, type ListenAddress } from './address.js'
import type { BoundAddress } from './bind.js'
import { adoptHandle } from './handle.js'
import { inspectDescriptor } from './listening.js'
import { once } from './once.js'
import { adoptPath } from './unix.js'

/** A socket that whoever started this process has passed to it. */
export interface PassedSocket {
  fd: number
  name: string
}

/** An address that names passed sockets instead of one to bind. */
export type PassedAddress = BindAddress & { kind: 'fd' }

/**
 * The descriptors that the address names: a number stands for itself, a name for every socket of that name.
 * @throws NWORKERS_E_ADDRESS where no socket has the name
 */
export function descriptorsOf(address: PassedAddress, passed: readonly PassedSocket[]): number[] {
  const { name } = address
  if (/^\d+$/.test(name)) return [Number(name)]
  const named = passed.filter((socket) => socket.name === name).map(({ fd }) => fd)
  if (named.length > 0) return named
  throw createError(
    'NWORKERS_E_ADDRESS',
    formatAddress(address),
    `no socket of that name was passed${whatThereIs(passed)}`,
  )
}

/**
 * Takes over the socket at this descriptor. It stays whose it was: its path is never removed.
 * @throws NWORKERS_E_ADDRESS where it is no stream socket that listens
 */
export function adoptSocket(fd: number, passed: readonly PassedSocket[]): BoundAddress {
  const { listens, path } = inspectDescriptor(fd)
  if (!listens) {
    const reason =
      `descriptor ${fd} is not a listening stream socket (a socket unit needs ListenStream= and Accept=no)` +
      whatThereIs(passed)
    throw createError('NWORKERS_E_ADDRESS', `fd://${fd}`, reason)
  }
  const handle = adoptHandle(fd)
  const { host = '', port = 0, share } = handle
  const address: ListenAddress = path === undefined ? { kind: 'tcp', host, port } : { kind: 'unix', path }
  return {
    fd,
    share,
    address,
    url: formatAddress(address),
    close: once(() => handle.close()),
    claim() {},
    disclaim() {},
    remove() {},
  }
}

/** Takes over the socket at this descriptor, which the arbiter before this one has bound there. */
export function inheritSocket(fd: number, { address }: { address: ListenAddress }): BoundAddress {
  const handle = adoptHandle(fd)
  const { share } = handle
  const close = once(() => handle.close())
  if (address.kind === 'unix') {
    return { fd, share, address, url: formatAddress(address), close, ...adoptPath(address.path) }
  }
  const { host = address.host, port = address.port } = handle
  const real = { ...address, host, port }
  return { fd, share, address: real, url: formatAddress(real), close, claim() {}, disclaim() {}, remove() {} }
}

/** The passed sockets that none of the addresses names: connections to them would wait for ever. */
export function unusedSockets(
  addresses: readonly BindAddress[],
  passed: readonly PassedSocket[],
): PassedSocket[] {
  const names = new Set(addresses.flatMap((address) => (address.kind === 'fd' ? [address.name] : [])))
  return passed.filter(({ fd, name }) => !names.has(String(fd)) && !names.has(name))
}

function whatThereIs(passed: readonly PassedSocket[]): string {
  if (passed.length === 0) return ''
  return `; passed are ${passed.map(({ fd, name }) => `fd://${fd} (${name})`).join(', ')}`
}
