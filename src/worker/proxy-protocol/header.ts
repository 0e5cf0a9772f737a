import { isIPv4, SocketAddress } from 'node:net'
import { isIPv6 } from '../../sockets/ip.js'

/** One end of a connection. */
export interface End {
  address: string
  port: number
}

/** The connection to the proxy, as its header tells it. */
export interface Ends {
  family: 'IPv4' | 'IPv6'
  source: End
  destination: End
}

/** What the bytes at the start of a connection are. */
export type Found =
  /** A whole header of so many bytes; without ends the connection speaks for itself. */
  | { kind: 'header'; length: number; ends: Ends | undefined }
  /** The beginning of one, or of anything: more must come. */
  | { kind: 'part' }
  /** Something else. */
  | { kind: 'none' }
  | { kind: 'malformed'; reason: string }

/** What version 1 begins with, and the longest it may be: section 2.1 of HAProxy's proxy-protocol.txt. */
const textStart = Buffer.from('PROXY ')
const longestText = 107

/** What version 2 begins with, and what follows: a byte of version and command, one of family, and a length; section 2.2. */
const binaryStart = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const fixedPart = 16

/** What follows the addresses may be as long as 64 KiB; a certificate of a client is the longest there is in practice. */
const longestBinary = 16_384

/**
 * Looks for a header of the PROXY protocol, version 1 or 2, at the start of what a connection has sent.
 * See https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt.
 */
export function findHeader(bytes: Buffer): Found {
  if (begins(bytes, textStart)) return bytes.length < textStart.length ? part : readText(bytes)
  if (begins(bytes, binaryStart)) return bytes.length < fixedPart ? part : readBinary(bytes)
  return { kind: 'none' }
}

const part: Found = { kind: 'part' }

/** Whether the two are the same as far as the shorter one goes. */
function begins(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.compare(start, 0, length, 0, length) === 0
}

function malformed(reason: string): Found {
  return { kind: 'malformed', reason }
}

function readText(bytes: Buffer): Found {
  const end = bytes.subarray(0, longestText).indexOf('\r\n')
  if (end < 0) return bytes.length < longestText ? part : malformed('it has no end within 107 bytes')
  const length = end + 2
  const line = bytes.toString('latin1', 0, end)
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'header', length, ends: undefined }
  const [, protocol, source = '', destination = '', sourcePort = '', destinationPort = ''] =
    /^PROXY (TCP4|TCP6) (\S+) (\S+) (\d+) (\d+)$/.exec(line) ?? []
  if (protocol === undefined)
    return malformed('it is neither TCP4, TCP6 nor UNKNOWN with two addresses and two ports')
  const isAddress = protocol === 'TCP4' ? isIPv4 : isIPv6
  const areAddresses = [source, destination].every((text) => isAddress(text) && !text.includes('%'))
  if (!areAddresses) return malformed(`its addresses are not of ${protocol}`)
  if (![sourcePort, destinationPort].every(isPort)) return malformed('its ports are not from 0 to 65535')
  const ends: Ends = {
    family: protocol === 'TCP4' ? 'IPv4' : 'IPv6',
    source: { address: source, port: Number(sourcePort) },
    destination: { address: destination, port: Number(destinationPort) },
  }
  return { kind: 'header', length, ends }
}

/** Decimal and without leading zeros. */
function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

/** The proxy speaks for itself, as in a check of its own, or for a client. */
const local = 0x20
const proxied = 0x21

/** How long the addresses of each family are, ports included. The transport, the low half of the byte, changes nothing. */
const addressLengths: Readonly<Record<number, number>> = { 0: 0, 1: 12, 2: 36, 3: 216 }

function readBinary(bytes: Buffer): Found {
  const command = bytes.readUInt8(12)
  const family = bytes.readUInt8(13) >> 4
  const transport = bytes.readUInt8(13) & 0x0f
  const addressLength = addressLengths[family]
  const length = fixedPart + bytes.readUInt16BE(14)
  if (command !== local && command !== proxied)
    return malformed('it has neither version 2 nor a command of it')
  if (length > longestBinary) return malformed(`it is longer than ${longestBinary} bytes`)
  // What a proxy says of its own connection is to be left alone, whatever it is.
  if (command === proxied && (addressLength === undefined || transport > 2)) {
    return malformed('its family of addresses is unknown')
  }
  if (command === proxied && length < fixedPart + (addressLength ?? 0)) {
    return malformed('it is too short for its addresses')
  }
  if (bytes.length < length) return part
  const ends = command === proxied && transport > 0 ? readEnds(family, bytes) : undefined
  return { kind: 'header', length, ends }
}

/** The addresses of IP; those of unix sockets tell nobody anything. What follows them is of no interest. */
function readEnds(family: number, bytes: Buffer): Ends | undefined {
  const read = family === 1 ? readIPv4 : family === 2 ? readIPv6 : undefined
  if (read === undefined) return undefined
  const size = family === 1 ? 4 : 16
  const ports = fixedPart + 2 * size
  return {
    family: family === 1 ? 'IPv4' : 'IPv6',
    source: { address: read(bytes, fixedPart), port: bytes.readUInt16BE(ports) },
    destination: { address: read(bytes, fixedPart + size), port: bytes.readUInt16BE(ports + 2) },
  }
}

function readIPv4(bytes: Buffer, start: number): string {
  return bytes.subarray(start, start + 4).join('.')
}

function readIPv6(bytes: Buffer, start: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(start + 2 * index).toString(16))
  // In the short form of RFC 5952, as Node tells addresses.
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address
}
