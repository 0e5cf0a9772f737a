import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'

/** Published by Node at each call of `listen()`: https://nodejs.org/api/diagnostics_channel.html#net. */
const CHANNEL = 'tracing:net.server.listen:asyncStart'

/** Which servers were told to listen while it was recording. */
export interface ListenRecord {
  /** Whether this server listens, or will as soon as the name of its address is looked up. */
  has(server: Server): boolean
  end(): void
}

/** Records calls of `listen()` until `end`: `server.listening` alone stays false while a host name is looked up. */
export function recordListening(): ListenRecord {
  const servers = new WeakSet<object>()
  const record = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('server' in message)) return
    if (typeof message.server === 'object' && message.server !== null) servers.add(message.server)
  }
  subscribe(CHANNEL, record)
  return {
    has: (server) => server.listening || servers.has(server),
    end: () => unsubscribe(CHANNEL, record),
  }
}
