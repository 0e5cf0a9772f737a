import type { App } from '../app/app.js'
import type { Histogram } from '../ipc/counts.js'
import type { AcceptGate } from './accept-gate.js'
import type { AcceptPace } from './accept-pace.js'
import type { AccessLog } from './access-log/access-log.js'
import type { Connections } from './connections.js'
import type { Listeners } from './listeners.js'
import type { Rebalance } from './rebalance.js'

/** An app that is served. */
export interface Service {
  readonly app: App
  readonly connections: Connections
  /** How long requests had waited before they came, so far. */
  readonly queueTimes: () => Histogram
  readonly listeners: Listeners
  readonly gate: AcceptGate
  /** Undefined where connections stay with their worker. */
  readonly rebalance: Rebalance | undefined
  readonly pace: AcceptPace | undefined
  /** Undefined where none is kept. */
  readonly accessLog: AccessLog | undefined
}

/** Ends a service at once: nothing is accepted any more, and every connection is cut. */
export function cut({ listeners, connections }: Service): void {
  listeners.close()
  for (const socket of connections.sockets.members()) socket.destroy()
}
