import { type BindAddress, bindText, parseAddress, type TcpAddress } from '../sockets/address.js'
import { passedAddresses } from '../systemd/activation.js'
import { numberForm } from './form.js'
import { repeated, single, type ValueType } from './value.js'

/** Addresses to bind. */
export const addresses: ValueType<BindAddress[]> = repeated({
  metavar: 'ADDRESS',
  expected: 'HOST:PORT, :PORT, PORT, [IPV6]:PORT, unix:PATH or fd://NAME, with a port from 0 to 65535',
  form: numberForm({ minimum: 0, maximum: 65_535 }),
  parse: parseAddress,
  gather: (items) => items,
  write: (value) => value.map(bindText).join(', '),
})

/** One address of TCP. */
export const address: ValueType<TcpAddress> = single<TcpAddress>({
  metavar: 'ADDRESS',
  expected: 'HOST:PORT, :PORT, PORT or [IPV6]:PORT, with a port from 0 to 65535',
  form: numberForm({ minimum: 0, maximum: 65_535 }),
  parse(text) {
    const parsed = parseAddress(text)
    return parsed?.kind === 'tcp' ? parsed : undefined
  },
  write: bindText,
})

/** A port to bind on every interface, as platforms hand it over. */
export const publicPort: ValueType<BindAddress[]> = repeated({
  metavar: 'PORT',
  expected: 'a port from 0 to 65535',
  parse: (given) => (/^\d+$/.test(given) ? parseAddress(`:${given}`) : undefined),
  gather: (items) => items,
  write: addresses.write,
})

/** Every socket that systemd passed, given their number. */
export const passedSockets: ValueType<BindAddress[]> = repeated({
  metavar: 'N',
  expected: 'a number of sockets',
  parse: (given) => (/^\d{1,4}$/.test(given) ? passedAddresses(Number(given)) : undefined),
  gather: (items) => items.flat(),
  write: addresses.write,
})

/** Ports of this machine. */
export const ports: ValueType<number[]> = repeated({
  metavar: 'PORT',
  expected: 'a port from 1 to 65535',
  form: numberForm({ minimum: 1, maximum: 65_535 }),
  parse(given) {
    const port = /^\d{1,5}$/.test(given) ? Number(given) : 0
    return port >= 1 && port <= 65_535 ? port : undefined
  },
  gather: (items) => items,
  write: (value) => value.join(', '),
})
