import { BlockList, isIPv4 } from 'node:net'
import { isIP } from './ip.js'

/** Tells whether an address is meant. A connection over a unix socket has none. */
export type AddressTest = (address: string | undefined) => boolean

/** An address that stands in an IPv6 one, because the listening socket takes both: `::ffff:127.0.0.1`. */
const mapped = /^::ffff:(?=\d+\.)/i

/** Whether this is an address of IP, or a network of them such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128))
}

/**
 * The test whether an address is among these addresses and networks; `*` means all. A peer without an address came over a
 * unix socket, whose permissions have let it in, and is meant always.
 */
export function among(networks: readonly string[]): AddressTest {
  if (networks.includes('*')) return () => true
  const exact = new Set(networks.map(unmap))
  const all = new BlockList()
  for (const text of networks) {
    const [address = '', bits] = text.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (bits === undefined) all.addAddress(address, family)
    else all.addSubnet(address, Number(bits), family)
  }
  const hasSubnets = networks.some((text) => text.includes('/'))
  return (address) => {
    if (address === undefined) return true
    const plain = unmap(address)
    if (exact.has(plain)) return true
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
    // A look into the list costs several microseconds. An address of IPv4 can be written in one way, one of IPv6 in many.
    return (hasSubnets || family === 'ipv6') && all.check(plain, family)
  }
}

/** An IPv4 address as such, also where a socket for both kinds tells it. */
export function unmap(address: string): string {
  return address.replace(mapped, '')
}
