import type { ListenerStatus, Status, WorkerStatus } from '../../control/status.js'
import { formatAge, formatBytes, formatMilliseconds, formatShare } from './quantity.js'
import { type Column, formatTable } from './table.js'

/** Deaths that are told below the table. */
const toldDeaths = 5

/** The status for a person, line by line. `now` is in milliseconds since 1970. */
export function formatStatus(status: Status, now: number): string[] {
  const { version, pid, name, state, generation, target, workers, listeners, deaths } = status
  const ready = workers.filter((worker) => worker.state === 'ready').length
  return [
    `nworkers ${version}, pid ${pid}: ${name}`,
    `${state}, generation ${generation}, ${ready} of ${target} workers ready${bounds(status)}, up ${age(status.startedAt, now)}`,
    ...listeners.map(describeListener),
    '',
    ...formatTable(columns(now), workers),
    ...describeReload(status),
    ...describeUpgrade(status),
    ...describeScale(status, now),
    ...(deaths.length > 0 ? ['', 'Last to leave:'] : []),
    ...deaths
      .slice(-toldDeaths)
      .reverse()
      .map(({ at, slot, pid, reason, exit }) => {
        return `  ${age(at, now)} ago: pid ${pid ?? '-'} (slot ${slot}), ${reason} (${exit})`
      }),
  ]
}

function columns(now: number): Column<WorkerStatus>[] {
  const number = (title: string, cell: Column<WorkerStatus>['cell']): Column<WorkerStatus> => {
    return { title, align: 'right', cell }
  }
  return [
    number('SLOT', ({ slot }) => `${slot}`),
    number('PID', ({ pid }) => `${pid ?? '-'}`),
    number('GEN', ({ generation }) => `${generation}`),
    { title: 'STATE', cell: ({ state }) => state },
    number('UPTIME', ({ startedAt }) => age(startedAt, now)),
    number('REQUESTS', ({ requests }) => `${requests}`),
    number('REQ/S', ({ requestsPerSecond }) => requestsPerSecond.toFixed(1)),
    number('FLIGHT', ({ inFlight }) => `${inFlight}`),
    number('P50', ({ p50Ms }) => formatMilliseconds(p50Ms)),
    number('P99', ({ p99Ms }) => formatMilliseconds(p99Ms)),
    number('LOOP', ({ loopDelayMs }) => formatMilliseconds(loopDelayMs)),
    number('ELU', ({ utilization }) => formatShare(utilization)),
    number('CPU', ({ cpu }) => formatShare(cpu)),
    number('MEMORY', ({ privateBytes }) => formatBytes(privateBytes)),
    {
      title: 'RESTARTS',
      cell: ({ restarts, lastExit }) => restarts + (lastExit ? ` (last: ${lastExit})` : ''),
    },
  ]
}

function describeListener({ address, queued, backlog }: ListenerStatus): string {
  return `${address}, accept queue ${queued ?? '?'} of ${backlog}`
}

function describeReload({ lastReload }: Status): string[] {
  if (!lastReload) return []
  const { generation, verdict, reason, tookMs } = lastReload
  const text = verdict === 'done' ? `done in ${formatMilliseconds(tookMs)}` : `failed: ${reason}`
  return ['', `Last reload: generation ${generation} ${text}`]
}

function describeUpgrade({ upgrade }: Status): string[] {
  if (!upgrade) return []
  const { verdict, pid, reason } = upgrade
  if (verdict === 'running') return ['', `Upgrade: a new arbiter, pid ${pid}, is starting`]
  return ['', `Last upgrade: ${verdict}${reason === null ? '' : `: ${reason}`}`]
}

function bounds({ autoscale }: Status): string {
  return autoscale ? ` (autoscaled, ${autoscale.min} to ${autoscale.max})` : ''
}

function describeScale({ lastScale }: Status, now: number): string[] {
  if (!lastScale) return []
  const { at, from, to, reason, utilization, queued } = lastScale
  const seen = utilization === null ? '' : `: ${formatShare(utilization)} busy, ${queued} queued`
  return ['', `Last scale: ${from} to ${to} workers, ${age(at, now)} ago, by ${reason}${seen}`]
}

function age(since: string, now: number): string {
  return formatAge((now - Date.parse(since)) / 1000)
}
