import type { Server } from 'node:http'
import type { App } from '../app/app.js'
import { missingMetadata } from '../app/decorator-metadata.js'
import { loadApp } from '../app/load.js'
import { preload } from '../app/preload.js'
import { resolveModule } from '../app/resolve.js'
import { parseSpecifier } from '../app/specifier.js'
import { publishInFlight } from '../ipc/in-flight.js'
import type { BootMessage } from '../ipc/messages.js'
import { assumeIdentity } from '../machine/privileges.js'
import type { Logger } from '../observe/logger.js'
import type { WorkerSettings } from '../settings/settings.js'
import { among } from '../sockets/networks.js'
import { workerContext } from '../worker-context.js'
import { connectionsByDescriptors, createAcceptGate, limitConnections } from './accept-gate.js'
import { createAcceptPace } from './accept-pace.js'
import type { AccessLog } from './access-log/access-log.js'
import { send } from './channel.js'
import { type Connections, trackConnections } from './connections.js'
import { joinListeners, listenAll } from './listeners.js'
import { receiveProxyHeaders } from './proxy-protocol/reception.js'
import { createQueueTimes, type QueueTimes } from './queue-time.js'
import { type Rebalance, startRebalance } from './rebalance.js'
import { limitRequests } from './request-deadline.js'
import { createScript, type Script } from './script.js'
import { applySettings } from './server-settings.js'
import type { Service } from './service.js'

/** Requests that are told when the worker is stuck, and the length of a path. */
const mostRequests = 20
const longestPath = 200

/** What is followed of all servers, from before they listen: those of scripts may have connections before they are loaded. */
interface Watch {
  connections: Connections
  queueTimes: QueueTimes
  accessLog: AccessLog | undefined
  rebalance: Rebalance | undefined
  follow(server: Server): void
}

/** An app in memory. */
export interface Loaded {
  app: App
  script: Script
  watch: Watch
}

/** Makes this process the worker of its slot. From here on it is the user whose files it reads. */
export function become({ slot, settings, identity }: BootMessage): void {
  process.title = `nworkers: worker ${slot} [${settings.name}]`
  assumeIdentity(identity)
}

/** Loads the app. Throws what makes that impossible. */
export async function load(message: BootMessage, log: Logger): Promise<Loaded> {
  const { settings } = message
  const module = resolveModule(parseSpecifier(settings.app).module, settings.chdir)
  // Read before any code of the app can change the environment.
  const worker = workerContext()
  // What an app finds in a process of its own. In place, since modules import the array itself.
  process.argv.splice(1, process.argv.length, module)
  hideFlags()
  await preload(settings, settings.chdir)
  const metadata = message.slot === 0 ? await missingMetadata(module) : undefined
  if (metadata !== undefined) log.warning(metadata)
  const watch = createWatch(message, await openAccessLog(message, log), await openTls(message), log)
  const script = createScript(message, watch.follow, log)
  const app = await loadApp(settings.app, {
    chdir: settings.chdir,
    listening: script.policy,
    isAwaited: message.script.isAwaited,
    worker,
  })
  if (app.kind !== 'script') watch.follow(app.server)
  return { app, script, watch }
}

/** Serves the app at every address. Throws `ListenError`. */
export async function serve({ app, script, watch }: Loaded, { settings }: BootMessage): Promise<Service> {
  const { connections, queueTimes, accessLog, rebalance } = watch
  const sockets = [...(await script.settle(app))]
  const listeners = joinListeners(
    await Promise.all(sockets.map(([server, inherited]) => listenAll(server, inherited, settings.backlog))),
  )
  script.begin()
  const most = Math.min(connectionsByDescriptors(), settings.maxConnections || Number.POSITIVE_INFINITY)
  const gate = createAcceptGate(listeners, () => send({ type: 'accept-again' }))
  const keepLimit = limitConnections(connections, gate, most)
  const pace = rebalance && createAcceptPace(listeners, rebalance.heldOnAverage)
  connections.onAccept = (socket) => {
    keepLimit()
    pace?.accepted(socket)
  }
  if (pace) rebalance.onAnswer = ({ socket }) => pace.answered(socket)
  return { app, connections, queueTimes: queueTimes.read, accessLog, rebalance, listeners, gate, pace }
}

function createWatch(
  { settings }: BootMessage,
  accessLog: AccessLog | undefined,
  speakTls: ((server: Server) => void) | undefined,
  log: Logger,
): Watch {
  const rebalance = mayRebalance(settings) ? startRebalance(settings.rebalanceAfter) : undefined
  const queueTimes = createQueueTimes()
  // One listener for all: with each one more Node copies the list of them for every request.
  const watches = [queueTimes, accessLog?.watch, rebalance].filter((watch) => watch !== undefined)
  const connections = trackConnections(watches)
  rebalance?.follow(connections)
  publishInFlight(() => describe(connections))

  /** Sets a server up before it listens. */
  function follow(server: Server): void {
    applySettings(server, settings)
    speakTls?.(server)
    connections.follow(server)
    accessLog?.follow(server, connections)
    if (settings.proxyProtocol) {
      receiveProxyHeaders(server, { allowFrom: settings.proxyAllowFrom, accept: connections.accept, log })
    }
    if (settings.requestDeadline > 0) limitRequests(server, settings.requestDeadline, log)
  }

  return { connections, queueTimes, accessLog, rebalance, follow }
}

/** Loaded only where TLS is spoken. */
async function openTls({ credentials }: BootMessage): Promise<((server: Server) => void) | undefined> {
  if (!credentials) return undefined
  const [{ encrypt }, http2] = await Promise.all([
    import('./tls/encryption.js'),
    credentials.http2 ? import('./http2/sessions.js') : undefined,
  ])
  return (server) => encrypt(server, credentials, http2?.acceptSessions(server))
}

/** A worker that was started as the only one has nobody to leave clients to, unless the load brings others. */
function mayRebalance({ rebalanceAfter, maxWorkers = 1 }: WorkerSettings): boolean {
  return rebalanceAfter > 0 && (workerContext()?.count !== 1 || maxWorkers > 1)
}

/** Loaded only where it is wanted. */
async function openAccessLog(
  { purpose, settings, slot, accessStream }: BootMessage,
  log: Logger,
): Promise<AccessLog | undefined> {
  const { accessLogfile: file, accessLogformat: format, forwardedAllowIps } = settings
  if (file === undefined || purpose === 'check') return undefined
  const [{ startAccessLog }, { openPath, openStream }, { originBehind }] = await Promise.all([
    import('./access-log/access-log.js'),
    import('./access-log/destination.js'),
    import('./access-log/origin.js'),
  ])
  const origin = originBehind(among(forwardedAllowIps))
  const stream = file === '-' ? openStream(accessStream) : undefined
  return startAccessLog({ format, slot, origin, open: () => stream ?? openPath(file), tell: log.warning })
}

function describe({ inFlight }: Connections): string[] {
  return inFlight
    .members()
    .slice(0, mostRequests)
    .map(({ req }) => `${req.method} ${req.url?.slice(0, longestPath)}`)
}

/** The arbiter's way into a stuck worker is none of the app's business, nor of the processes that the app forks. */
function hideFlags(): void {
  const own = process.execArgv.filter((flag) => !/^--inspect-(port|publish-uid)=/.test(flag))
  process.execArgv.splice(0, process.execArgv.length, ...own)
}
