import { addresses, passedSockets, ports, publicPort } from '../addresses.js'
import { longestBacklog } from '../backlog.js'
import { count } from '../count.js'
import type { Table } from '../setting.js'

/** Where connections come in. */
export const socketsSettings = {
  bind: {
    type: addresses,
    alias: 'b',
    variables: [
      { name: 'LISTEN_FDS', type: passedSockets },
      { name: 'PORT', type: publicPort },
    ],
    default: '127.0.0.1:8000',
    doc: 'An address to listen at: HOST:PORT, :PORT (every interface), PORT (127.0.0.1), [IPV6]:PORT, unix:PATH, or fd://NAME for a socket passed by systemd; repeat it for more.',
  },
  backlog: {
    type: count(1, 2_147_483_647),
    // Sockets that systemd passed listen already, with the longest queue unless their unit says otherwise.
    variables: [{ name: 'LISTEN_FDS', type: longestBacklog }],
    default: '2048',
    doc: 'How many connections may wait in the queue of a socket; the kernel may have a lower limit, which is the default where systemd passes sockets.',
  },
  privatePort: {
    type: ports,
    doc: 'A port at which each worker of an app may listen by itself, such as one for metrics; repeat it for more.',
  },
} satisfies Partial<Table>
