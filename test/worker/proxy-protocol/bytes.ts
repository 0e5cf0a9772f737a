import type { Ends } from '../../../src/worker/proxy-protocol/header.js'

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** A header of version 1. */
export function textHeader({ family, source, destination }: Ends): Buffer {
  const protocol = family === 'IPv4' ? 'TCP4' : 'TCP6'
  return Buffer.from(
    `PROXY ${protocol} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`,
  )
}

/** A header of version 2 for a client of TCP, with these bytes behind its addresses. */
export function binaryHeader(
  { family, source, destination }: Ends,
  more: Uint8Array = Buffer.alloc(0),
): Buffer {
  const addresses = [source, destination].map(({ address }) =>
    family === 'IPv4' ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address),
  )
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(source.port, 0)
  ports.writeUInt16BE(destination.port, 2)
  return version2(0x21, family === 'IPv4' ? 0x11 : 0x21, Buffer.concat([...addresses, ports, more]))
}

/** A header of version 2 with which a proxy speaks for itself. */
export function localHeader(more: Uint8Array = Buffer.alloc(0)): Buffer {
  return version2(0x20, 0, more)
}

function version2(command: number, family: number, rest: Uint8Array): Buffer {
  const start = Buffer.from([command, family, rest.length >> 8, rest.length & 0xff])
  return Buffer.concat([signature, start, rest])
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const bytes = Buffer.alloc(16)
  for (const [index, group] of [...before, ...zeros, ...after].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index)
  }
  return bytes
}
