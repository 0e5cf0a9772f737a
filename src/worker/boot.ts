import { createServer } from 'node:http'
import type { App } from '../app/app.js'
import { loadApp } from '../app/load.js'
import { resolveModule } from '../app/resolve.js'
import { parseSpecifier } from '../app/specifier.js'
import { publishInFlight } from '../ipc/in-flight.js'
import type { BootMessage } from '../ipc/messages.js'
import { assumeIdentity } from '../machine/privileges.js'
import type { Logger } from '../observe/logger.js'
import { connectionsByDescriptors, limitConnections } from './accept-gate.js'
import type { AccessLog } from './access-log/access-log.js'
import { send } from './channel.js'
import { type Connections, trackConnections } from './connections.js'
import { listenAll } from './listeners.js'
import { observeQueueTimes } from './queue-time.js'
import { limitRequests } from './request-deadline.js'
import type { Service } from './service.js'

/** Requests that are told when the worker is stuck, and the length of a path. */
const mostRequests = 20
const longestPath = 200

/** Makes this process the worker of its slot and loads its app. Throws what makes that impossible. */
export async function load({ slot, settings, identity }: BootMessage): Promise<App> {
  process.title = `nworkers: worker ${slot} [${settings.name}]`
  assumeIdentity(identity)
  const module = resolveModule(parseSpecifier(settings.app).module, settings.chdir)
  // What an app finds in a process of its own. In place, since modules import the array itself.
  process.argv.splice(1, process.argv.length, module)
  hideFlags()
  return await loadApp(settings.app, { chdir: settings.chdir })
}

/** Serves the app at every address. Throws `ListenError`. */
export async function serve(app: App, message: BootMessage, log: Logger): Promise<Service> {
  const { settings, listeners: inherited } = message
  const { server } = app
  // An app that chose for itself keeps its choice.
  if (server.keepAliveTimeout === createServer().keepAliveTimeout) {
    server.keepAliveTimeout = settings.keepAlive
  }
  const accessLog = await openAccessLog(message, log)
  const connections = trackConnections(server, accessLog?.watch)
  accessLog?.follow(server, connections)
  const queueTimes = observeQueueTimes(server)
  publishInFlight(() => describe(connections))
  if (settings.requestDeadline > 0) limitRequests(server, settings.requestDeadline, log)
  const listeners = await listenAll(server, inherited, settings.backlog)
  limitConnections(server, connections, listeners, connectionsByDescriptors(), () =>
    send({ type: 'accept-again' }),
  )
  return { app, connections, queueTimes, listeners, accessLog }
}

/** Loaded only where it is wanted. */
async function openAccessLog(
  { settings, slot, accessStream }: BootMessage,
  log: Logger,
): Promise<AccessLog | undefined> {
  const { accessLogfile: file, accessLogformat: format } = settings
  if (file === undefined) return undefined
  const [{ startAccessLog }, { openPath, openStream }] = await Promise.all([
    import('./access-log/access-log.js'),
    import('./access-log/destination.js'),
  ])
  const stream = file === '-' ? openStream(accessStream) : undefined
  return startAccessLog({ format, slot, open: () => stream ?? openPath(file), tell: log.warning })
}

function describe({ inFlight }: Connections): string[] {
  return [...inFlight.keys()]
    .slice(0, mostRequests)
    .map(({ req }) => `${req.method} ${req.url?.slice(0, longestPath)}`)
}

/** The arbiter's way into a stuck worker is none of the app's business, nor of the processes that the app forks. */
function hideFlags(): void {
  const own = process.execArgv.filter((flag) => !/^--inspect-(port|publish-uid)=/.test(flag))
  process.execArgv.splice(0, process.execArgv.length, ...own)
}
