import { address } from '../addresses.js'
import { count } from '../count.js'
import { path } from '../path.js'
import type { Table } from '../setting.js'
import { optional } from '../value.js'

/** Who can look at a running fleet, and how. */
export const observingSettings = {
  controlSocket: {
    type: optional(path),
    doc: 'A unix socket, for its owner alone, at which nworkersctl finds this arbiter.',
  },
  admin: {
    type: optional(address),
    doc: 'An address, HOST:PORT or a port of 127.0.0.1, for /metrics, /livez, /readyz and a live page; all of it reads only.',
  },
  readyMin: {
    type: count(1, Number.MAX_SAFE_INTEGER),
    default: '1',
    doc: 'How many workers must be ready for /readyz to say so.',
  },
} satisfies Partial<Table>
