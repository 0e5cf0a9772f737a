import { error, type Finding } from './finding.js'
import { type Probe, type ProbeKind, probesOf } from './probe.js'
import type { Server } from './server.js'

/** What each probe is to ask of the admin address, and what comes of asking the other. */
const paths: Readonly<Record<ProbeKind, { right: string; other: string }>> = {
  startup: { right: '/readyz', other: '/livez is answered before the app is loaded' },
  readiness: {
    right: '/readyz',
    other: '/livez is answered also when no worker is ready, and while the pod ends',
  },
  liveness: {
    right: '/livez',
    other:
      '/readyz fails while workers boot anew and while the pod ends, and then the container would be killed instead of waited for',
  },
}

/** Time to say why a boot has failed before the container is killed for it. Seconds. */
const lastWords = 5

/** Whether the kubelet asks the arbiter, which answers however busy the workers are, and asks it the right thing. */
export function checkProbes(server: Server): Finding[] {
  const probes = probesOf(server.container)
  return [
    ...checkPresence(server, probes),
    ...probes.flatMap((probe) => checkTarget(server, probe)),
    ...checkBoot(server, probes),
    ...checkReaction(server, probes),
  ]
}

function checkPresence({ container, settings, placeOf }: Server, probes: readonly Probe[]): Finding[] {
  if (settings.admin === undefined) {
    const text =
      'There is no --admin, so a probe can only ask a worker, and a busy one looks dead: add --admin=:9000, and let the probes ask /livez and /readyz there.'
    return [error(placeOf('admin'), text)]
  }
  if (probes.some(({ kind }) => kind === 'readiness')) return []
  return [
    error(
      container,
      `There is no readinessProbe, so requests are sent to the pod before a worker is ready: ask /readyz at port ${settings.admin.port}.`,
    ),
  ]
}

function checkTarget(server: Server, probe: Probe): Finding[] {
  const { settings } = server
  const { kind, place, how, port } = probe
  if (how === 'other') return []
  if (port === undefined) {
    return [
      error(
        place,
        `The ${kind}Probe asks a port that the container does not name: add it to ports, or write its number.`,
      ),
    ]
  }
  if (how === 'tcp') return checkConnection(server, probe)
  if (port === settings.admin?.port) return checkPath(probe)
  if (!servesAt(server, port) || settings.admin === undefined) return []
  const { right } = paths[kind]
  return [
    error(
      place.at('httpGet'),
      `The ${kind}Probe asks port ${port}, where it waits behind requests for a busy worker: ask ${right} at the admin port ${settings.admin.port}.`,
    ),
  ]
}

function checkPath({ kind, place, path, isSecure }: Probe): Finding[] {
  const { right, other } = paths[kind]
  const asked = place.at('httpGet', 'path')
  if (isSecure) return [error(place.at('httpGet', 'scheme'), 'The admin port speaks HTTP: leave scheme out.')]
  if (path === right) return []
  const known = Object.values(paths).some((pair) => pair.right === path)
  const problem = known ? other : `nworkers answers ${path} with 404`
  return [error(asked, `The ${kind}Probe asks ${path}, and ${problem}: ask ${right}.`)]
}

/** The arbiter's sockets are open whether workers live or not. */
function checkConnection(server: Server, { kind, place, port }: Probe): Finding[] {
  const { settings } = server
  const isAdmin = port === settings.admin?.port
  if (!isAdmin && !servesAt(server, port)) return []
  // The arbiter listens at the admin port; at the app's the first worker opens the socket.
  if (kind === (isAdmin ? 'liveness' : 'startup')) return []
  const { right } = paths[kind]
  const where = settings.admin === undefined ? 'an admin port' : `the admin port ${settings.admin.port}`
  return [
    error(
      place.at('tcpSocket'),
      `The ${kind}Probe only connects, and the kernel takes connections also when no worker serves: ask ${right} at ${where} by httpGet.`,
    ),
  ]
}

function servesAt({ settings }: Server, port: number | undefined): boolean {
  return settings.bind.some((address) => address.kind === 'tcp' && address.port === port)
}

/** Whether an app may take --boot-timeout to load before the container is killed for it. */
function checkBoot({ settings }: Server, probes: readonly Probe[]): Finding[] {
  const { bootTimeout, readyMin, admin } = settings
  if (bootTimeout === 0) return []
  // Slot 0 boots alone, the others after it.
  const boots = readyMin > 1 ? 2 : 1
  const needed = Math.ceil((boots * bootTimeout) / 1000) + lastWords
  const startup = probes.find(({ kind }) => kind === 'startup')
  const judge = startup ?? probes.find(({ kind, port }) => kind === 'liveness' && port !== admin?.port)
  if (judge === undefined || judge.patience >= needed) return []
  const boot = `${Math.ceil(bootTimeout / 1000)} s by --boot-timeout${boots > 1 ? ' for the first worker and once more for the others' : ''}`
  const wayOut = startup ? '' : 'with a startupProbe '
  return [
    error(
      judge.place,
      `The ${judge.kind}Probe gives up after ${judge.patience} s, and the app may take ${boot} and ${lastWords} s to say why it failed: ${wayOut}make periodSeconds × failureThreshold ${needed} s or more, or --boot-timeout shorter.`,
    ),
  ]
}

/** Who goes by readiness alone must learn of the end within the delay. */
function checkReaction({ settings }: Server, probes: readonly Probe[]): Finding[] {
  const readiness = probes.find(({ kind, port }) => kind === 'readiness' && port === settings.admin?.port)
  const delay = settings.shutdownDelay / 1000
  if (readiness === undefined || delay === 0 || readiness.reaction <= delay) return []
  return [
    error(
      readiness.place,
      `The readinessProbe notices after ${readiness.reaction} s that the pod ends, and it serves for ${delay} s of --shutdown-delay: make periodSeconds × failureThreshold at most ${delay} s, or the delay longer.`,
    ),
  ]
}
