import { isIPv4 } from 'node:net'

/** An address of IPv6 as to its characters, and the zone that may follow it. */
const shape = /^([\da-f:.]*:[\da-f:.]*)(?:%[\da-z:.-]+)?$/i

/**
 * Whether this is an address of IPv6, as Node's own function of this name says. That one is a regular expression so large
 * that its first use takes as long as a tenth of a start.
 */
export function isIPv6(text: string): boolean {
  const address = shape.exec(text)?.[1]
  return address !== undefined && URL.canParse(`http://[${address}]`)
}

/** The version of IP that this is an address of, 0 for none. */
export function isIP(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4
  return isIPv6(text) ? 6 : 0
}
