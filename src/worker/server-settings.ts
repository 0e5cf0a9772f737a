import { createServer, type Server } from 'node:http'
import type { WorkerSettings } from '../settings/settings.js'
import { limitHeaders } from './header-limit.js'

/** Milliseconds that a connection may be idle where neither the operator nor the app has chosen. */
const usualKeepAlive = 75_000

/** Node looks so many times within a time limit whether it is over, as far as these bounds in milliseconds allow. */
const looksPerTimeout = 5
const shortestLook = 50
const longestLook = 30_000

/** What the operator has set for the server beats what the app has; else the app's choice stays. Before it listens. */
export function applySettings(server: Server, settings: WorkerSettings): void {
  const { keepAlive, maxRequestsPerConnection, maxHeaderSize, maxHeaders } = settings
  if (keepAlive !== undefined) server.keepAliveTimeout = keepAlive
  else if (server.keepAliveTimeout === createServer().keepAliveTimeout) {
    server.keepAliveTimeout = usualKeepAlive
  }
  if (maxRequestsPerConnection !== undefined) server.maxRequestsPerSocket = maxRequestsPerConnection
  // Node keeps this option under its name, and reads it for each connection.
  if (maxHeaderSize !== undefined) Reflect.set(server, 'maxHeaderSize', maxHeaderSize)
  if (maxHeaders !== undefined) limitHeaders(server, maxHeaders)
  limitReceiving(server, settings)
}

/** How long a request may take to come. */
function limitReceiving(server: Server, { headersTimeout, requestTimeout }: WorkerSettings): void {
  if (headersTimeout === undefined && requestTimeout === undefined) return
  if (headersTimeout !== undefined) server.headersTimeout = headersTimeout
  if (requestTimeout !== undefined) server.requestTimeout = requestTimeout
  // A limit for the whole holds for its part too; Node would take the shorter one for that of the headers.
  if (
    server.requestTimeout > 0 &&
    (server.headersTimeout === 0 || server.headersTimeout > server.requestTimeout)
  ) {
    server.headersTimeout = server.requestTimeout
  }
  const shortest = Math.min(...[server.headersTimeout, server.requestTimeout].filter((limit) => limit > 0))
  const look = Math.min(longestLook, Math.max(shortestLook, shortest / looksPerTimeout))
  // Another option that Node keeps, and reads when the server begins to listen.
  Reflect.set(server, 'connectionsCheckingInterval', look)
}
