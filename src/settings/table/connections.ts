import { count } from '../count.js'
import { duration } from '../duration.js'
import { loopback, networks } from '../networks.js'
import type { Table } from '../setting.js'
import { positiveSize } from '../size.js'
import { boolean } from '../text.js'
import { optional } from '../value.js'

/** What connections and requests may do. */
export const connectionsSettings = {
  keepAlive: {
    type: optional(duration),
    doc: 'How long an idle connection stays open, best above the idle timeout of the load balancer in front; 0 is for ever; without it 75s, or what the app has set.',
  },
  maxRequestsPerConnection: {
    type: optional(count(0, Number.MAX_SAFE_INTEGER)),
    doc: 'How many requests a connection may bring, so that long-lived ones spread anew over the workers; the last answer says close, 0 is any number; without it what the app has set.',
  },
  maxConnections: {
    type: count(0, Number.MAX_SAFE_INTEGER),
    default: '0',
    doc: 'How many connections a worker may have open; it then leaves new ones to the others or in the queue and resets none; 0 is as many as its file descriptors allow.',
  },
  headersTimeout: {
    type: optional(duration),
    doc: 'How long the head of a request may take to come, then it gets 408; 0 is for ever; without it what the app has set, else 60s.',
  },
  requestTimeout: {
    type: optional(duration),
    doc: 'How long a whole request may take to come, its body included, then it gets 408; 0 is for ever; without it what the app has set, else 300s.',
  },
  maxHeaderSize: {
    type: optional(positiveSize),
    doc: 'How long the head of a request may be, all of it, then it gets 431; without it what the app has set, else 16K.',
  },
  maxHeaders: {
    type: optional(count(0, 100_000)),
    doc: 'How many headers a request may have, then it gets 431; 0 is any number; without it Node leaves out those above 2000, or above what the app has set.',
  },
  rebalanceAfter: {
    type: duration,
    default: '5ms',
    doc: 'An answer that held the event loop for this long ends its connection, so that the client comes to an idle worker next; 0 never does that.',
  },
  drainLinger: {
    type: duration,
    default: '5s',
    doc: 'How long a worker that leaves keeps idle connections open, so that no request meets a closed one; 0 closes them at once.',
  },
  requestDeadline: {
    type: duration,
    default: '0',
    doc: 'How long a request may go without its whole answer; then it gets 504, or is cut if an answer has begun; 0 is for ever.',
  },
  proxyProtocol: {
    type: boolean,
    default: 'false',
    doc: 'Expect a header of the PROXY protocol, version 1 or 2, at the start of each connection from --proxy-allow-from; the app then sees the address of the client.',
  },
  proxyAllowFrom: {
    type: networks,
    default: loopback,
    doc: 'Who must send such a header: addresses and networks such as 10.0.0.0/8, or * for everybody, and unix sockets always; from others it is refused; repeat it for more.',
  },
} satisfies Partial<Table>
