import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { App } from '../../../src/app/app.js'
import type { Logger } from '../../../src/observe/logger.js'
import { type Connections, trackConnections } from '../../../src/worker/connections.js'
import { type Drain, type DrainOrder, startDrain } from '../../../src/worker/drain.js'
import { poll } from '../../process/harness/poll.js'

/** A served app in this process, as a worker holds it. */
export interface TestService {
  port: number
  server: http.Server
  connections: Connections
  /** Lines of the log. */
  log: string[]
  /** Starts the drain; without a time it lasts as long as the test lets it. */
  drain(order?: Partial<DrainOrder>): Drain
  /** Resolves when so many requests are with their handlers. */
  inFlight(count: number): Promise<unknown>
}

const long = 60_000

/** Serves a handler, or a server, on a free port. */
export async function serve(
  t: TestContext,
  handler: http.RequestListener | http.Server,
  hooks: Pick<App, 'stop' | 'drain'> = {},
): Promise<TestService> {
  const server = handler instanceof http.Server ? handler : http.createServer(handler)
  // Idle connections must end by the drain and nothing else.
  server.keepAliveTimeout = long
  const connections = trackConnections()
  connections.follow(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of connections.sockets.members()) socket.destroy()
    net.Server.prototype.close.call(server)
  })
  const log: string[] = []
  const take = (text: string) => void log.push(text)
  const logger: Logger = { debug: take, info: take, warning: take, error: take }
  const close = () => void net.Server.prototype.close.call(server)
  const listeners = {
    longestQueue: 100,
    isPaused: () => false,
    has: () => true,
    pause: () => false,
    standBack() {},
    proceed() {},
    resume() {},
    close,
  }
  return {
    port: (server.address() as AddressInfo).port,
    server,
    connections,
    log,
    drain(order = {}) {
      const service = {
        app: { kind: 'handler', server, ...hooks } as const,
        connections,
        listeners,
        accessLog: undefined,
        rebalance: undefined,
        pace: undefined,
        gate: { shut() {} },
        queueTimes: () => ({ counts: [], sum: 0 }),
      }
      const drain = startDrain(
        service,
        { last: false, held: false, gracefulTimeout: long, linger: long, ...order },
        logger,
      )
      t.after(() => drain.hurry())
      return drain
    },
    inFlight: (count) =>
      poll(() => connections.inFlight.size === count, { what: `${count} requests are in flight` }),
  }
}
