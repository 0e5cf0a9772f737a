import type { Shell } from '../arbiter/shell.js'
import type { Upgrades } from '../arbiter/upgrade/upgrades.js'
import { readUsage } from '../machine/usage.js'
import { exposition } from '../observe/exposition.js'
import { metricsOf } from '../observe/metrics.js'
import { secureUrl } from '../sockets/address.js'
import { effectiveBacklog } from '../sockets/queue-length.js'
import { createQueueReaders, type QueueReaders } from '../sockets/queue-readers.js'
import { type ListenerStatus, type Status, statusOf } from './status.js'

/** What can be seen of an arbiter. Nothing is looked at unless somebody asks. */
export interface Observation {
  status(): Promise<Status>
  /** Prometheus' text format: what nworkers counts, and the app's own metrics over all workers. */
  metrics(): Promise<string>
}

/** Who asks within this time gets the same answer: CPU shares over a shorter one mean little. Milliseconds. */
const freshness = 250

/** @param version - of this package */
export function observe(shell: Shell, upgrades: Upgrades, version: string): Observation {
  const queueReaders = createQueueReaders(shell.isOpen)
  let latest: { at: number; status: Promise<Status> } | undefined

  function status(): Promise<Status> {
    const now = performance.now()
    if (latest === undefined || now - latest.at > freshness) latest = { at: now, status: look() }
    return latest.status
  }

  async function look(): Promise<Status> {
    const pids = [...shell.fleet().workers.values()].flatMap(({ pid }) => pid ?? [])
    const [usage, listeners] = await Promise.all([readUsage(pids), describeListeners(shell, queueReaders)])
    return statusOf({
      identity: { version, pid: process.pid, name: shell.blueprint().settings.name },
      fleet: shell.fleet(),
      records: shell.records(),
      upgrade: upgrades.record() ?? null,
      usage,
      listeners,
      now: { monotonic: performance.now(), sinceEpoch: Date.now() },
    })
  }

  async function metrics(): Promise<string> {
    const [now, ofApp] = await Promise.all([status(), shell.appMetrics.collect(serving(shell))])
    return exposition(metricsOf(now, shell.records(), shell.fleet().exits), ofApp)
  }

  return { status, metrics }
}

/** The workers that have loaded the app and can still answer, by their ids. */
function serving(shell: Shell): number[] {
  return [...shell.fleet().workers.values()]
    .filter(({ state }) => state === 'ready' || state === 'draining')
    .map(({ id }) => id)
}

async function describeListeners(shell: Shell, readerOf: QueueReaders): Promise<ListenerStatus[]> {
  const { sockets, settings } = shell.blueprint()
  return Promise.all(
    sockets.map(async (socket) => ({
      address: settings.certfile ? secureUrl(socket.url) : socket.url,
      queued: (await readerOf(socket)()) ?? null,
      backlog: effectiveBacklog(settings.backlog),
    })),
  )
}
