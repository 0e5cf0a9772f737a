import { type BindAddress, bindText, parseAddress } from '../sockets/address.js'
import { numberForm } from './form.js'
import { repeated, type ValueType } from './value.js'

/** Addresses to bind. */
export const addresses: ValueType<BindAddress[]> = repeated({
  metavar: 'ADDRESS',
  expected: 'HOST:PORT, :PORT, PORT, [IPV6]:PORT or unix:PATH, with a port from 0 to 65535',
  form: numberForm({ minimum: 0, maximum: 65_535 }),
  parse: parseAddress,
  gather: (items) => items,
  write: (value) => value.map(bindText).join(', '),
})

/** A port to bind on every interface, as platforms hand it over. */
export const publicPort: ValueType<BindAddress[]> = repeated({
  metavar: 'PORT',
  expected: 'a port from 0 to 65535',
  parse: (given) => (/^\d+$/.test(given) ? parseAddress(`:${given}`) : undefined),
  gather: (items) => items,
  write: addresses.write,
})
