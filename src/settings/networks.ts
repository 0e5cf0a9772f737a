import { isNetwork } from '../sockets/networks.js'
import { repeated, type ValueType } from './value.js'

/** This machine. */
export const loopback = '127.0.0.1,::1'

/** Addresses of IP and networks of them, or `*` for all; one text may hold several, as gunicorn's do. */
export const networks: ValueType<string[]> = repeated({
  metavar: 'NETWORK',
  expected: 'addresses such as 10.0.0.7 and networks such as 10.0.0.0/8 or fd00::/8, parted by commas, or *',
  parse(given) {
    const items = given.split(',').map((item) => item.trim())
    return items.every((item) => item === '*' || isNetwork(item)) ? items : undefined
  },
  gather: (items) => items.flat(),
  write: (value) => value.join(', '),
})
