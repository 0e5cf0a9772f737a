import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'

/** Published by Node at each call of `listen()`: https://nodejs.org/api/diagnostics_channel.html#net. */
const CHANNEL = 'tracing:net.server.listen:asyncStart'

/** What `listen()` was called with. Node reads it after the channel's listeners, so a change of it counts. */
export interface ListenOptions {
  host?: unknown
  port?: unknown
  path?: unknown
  fd?: unknown
}

/** Is told of each call of `listen()`, and gives whether this is the server of a script that is to be served. */
export type ListenPolicy = (server: object, options: ListenOptions) => server is Server

/** Which servers were told to listen while it was recording. */
export interface ListenRecord {
  /** Whether this server listens, or will as soon as the name of its address is looked up. */
  has(server: Server): boolean
  /** The server of a script that listens by itself. */
  readonly served: Server | undefined
  /** Resolves with it, or with nothing when there is nothing left in the process that could make it listen. */
  untilServed(): Promise<Server | undefined>
  /** Without a policy, nothing is recorded any more. */
  end(): void
}

/**
 * Records calls of `listen()`: `server.listening` alone stays false while a host name is looked up.
 *
 * @param policy - says which server is served; without it none is. It is asked for the life of the process, since a server
 * may listen at any time
 */
export function recordListening(policy?: ListenPolicy): ListenRecord {
  const servers = new WeakSet<object>()
  let served: Server | undefined
  let found = () => {}
  const record = (message: unknown) => {
    if (!isListenCall(message)) return
    const { server, options } = message
    servers.add(server)
    if (!policy?.(server, options)) return
    served ??= server
    found()
  }
  subscribe(CHANNEL, record)
  return {
    has: (server) => server.listening || servers.has(server),
    get served() {
      return served
    },
    async untilServed() {
      if (served !== undefined || policy === undefined) return served
      await new Promise<void>((resolve) => {
        found = () => {
          process.removeListener('beforeExit', found)
          process.channel?.ref()
          resolve()
        }
        // With the channel to the arbiter set aside, the process ends when the app has nothing left to do.
        process.channel?.unref()
        process.once('beforeExit', found)
      })
      return served
    },
    end() {
      if (policy === undefined) unsubscribe(CHANNEL, record)
    },
  }
}

function isListenCall(message: unknown): message is { server: object; options: ListenOptions } {
  if (typeof message !== 'object' || message === null || !('server' in message) || !('options' in message))
    return false
  const { server, options } = message
  return typeof server === 'object' && server !== null && typeof options === 'object' && options !== null
}
