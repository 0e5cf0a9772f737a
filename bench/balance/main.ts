import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { nodeBinary } from '../../test/runner/node-binary.js'
import { writeSection } from '../marked-section.js'
import { freePort } from '../service.js'
import { median, ratios, spread } from '../statistics.js'
import { installPeers, versionOf } from '../systems/installation.js'
import { type Running, start } from '../systems/running.js'
import { nodeSystems, type System } from '../systems/systems.js'
import { startFleet } from './fleet.js'
import { countConnections } from './long-connections.js'
import { startNginx } from './nginx.js'
import { runOpenLoop } from './open-loop.js'
import { idealTimes, makeArrivals, type Percentiles, percentiles } from './schedule.js'

// How connections are shared out, by the latency of requests that are sent when they are due. All ways take turns with the
// same arrivals; handlers block without using a core, so that two cores are enough for eight workers.

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3,4,5' },
    seconds: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  },
})
const workers = 8
const rate = 295
const seeds = values.seeds.split(',').map(Number)
const never = ['--rebalance-after', '0']
// Watt needs 22 or later, and all are to run on the same.
const node = nodeBinary(24)

interface Way {
  name: string
  port: number
  sockets: number | undefined
  runs: { measured: Percentiles; ideal: Percentiles; failed: number; closed: number; answers: number }[]
}

const way = (name: string, port: number, sockets?: number): Way => ({ name, port, sockets, runs: [] })

function row({ name, runs }: Way): string {
  const of = (pick: (run: Way['runs'][number]) => number) => runs.map(pick)
  const ratios = of(({ measured, ideal }) => measured.p99 / ideal.p99)
  const cells = [
    name,
    median(of(({ measured }) => measured.p50)).toFixed(0),
    median(of(({ measured }) => measured.p99)).toFixed(0),
    spread(ratios, 2),
    `${Math.round(100 * median(of(({ closed, answers }) => closed / answers)))} %`,
    `${of(({ failed }) => failed).reduce((sum, failed) => sum + failed, 0)}`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** Systems that serve the same work, with what each is called. */
async function startPeers(folder: string): Promise<Running[]> {
  installPeers()
  const { pm2, watt, roundRobin, shared } = nodeSystems(node, 'blocking')
  const begin = async (system: System) =>
    start(system, { workers, port: await freePort(), folder: mkdtempSync(path.join(folder, 'run-')) })
  const running: Running[] = []
  for (const system of [pm2, watt, roundRobin, shared]) running.push(await begin(system))
  return running
}

async function openLoop(folder: string): Promise<string> {
  const fleets = [await startFleet(node, workers, never), await startFleet(node, workers)]
  const ports = fleets.map(({ port }) => port)
  const proxies = await Promise.all(ports.map(startNginx))
  const [off = 0, on = 0] = ports
  const [proxyOff = 0, proxyOn = 0] = proxies.map(({ port }) => port)
  const peers = await startPeers(folder)
  const peerWays = (sockets?: number) =>
    peers.map(({ system, place }) => way(`· ${system.name}`, place.port, sockets))
  const groups: Way[][] = [
    [way('a connection for each request', on), ...peerWays()],
    [
      way('64 keep-alive clients', on, 64),
      way('· `--rebalance-after 0`', off, 64),
      // The connections of the two others are shared out in the same ways.
      ...peerWays(64).slice(0, 2),
    ],
    [way('256 keep-alive clients', on, 256), way('· `--rebalance-after 0`', off, 256)],
    [way('nginx with `keepalive 64`', proxyOn, 64), way('· `--rebalance-after 0`', proxyOff, 64)],
  ]
  await measure(groups.flat())
  for (const running of [...proxies, ...peers, ...fleets]) await running.stop()
  const [each = [], kept = []] = groups
  return `| | p50 ms | p99 ms | p99, ideal = 1 | answers that end the connection | failed |
| --- | ---: | ---: | ---: | ---: | ---: |
${groups.flat().map(row).join('\n')}

p99 of nworkers as a share of that of the others, in the same runs: ${besidePeers(each)} with a connection for each request,
${besidePeers(kept.filter(({ name }) => !name.includes('`')))} with 64 keep-alive clients.`
}

/** Every way in turn, with the same arrivals. */
async function measure(ways: readonly Way[]): Promise<void> {
  const warmUp = makeArrivals({ seed: 0, rate, seconds: 2 })
  for (const { port, sockets } of ways) await runOpenLoop(port, warmUp, sockets)
  for (const seed of seeds) {
    const arrivals = makeArrivals({ seed, rate, seconds: Number(values.seconds) })
    const ideal = percentiles(idealTimes(arrivals, workers))
    for (const { name, port, sockets, runs } of ways) {
      const { times, failed, closed } = await runOpenLoop(port, arrivals, sockets)
      const failures = Object.values(failed).reduce((sum, count) => sum + count, 0)
      const run = { measured: percentiles(times), ideal, failed: failures, closed, answers: times.length }
      runs.push(run)
      console.error(`seed ${seed}, ${name}: p99 ${(run.measured.p99 / ideal.p99).toFixed(2)} of the ideal`)
    }
  }
}

function besidePeers([nworkers, ...peers]: readonly Way[]): string {
  const tails = (way: Way | undefined) => way?.runs.map(({ measured }) => measured.p99) ?? []
  return peers
    .map((peer) => `${median(ratios(tails(nworkers), tails(peer))).toFixed(2)} of ${peer.name.slice(2)}’s`)
    .join(', ')
}

async function longConnections(settings: string[]): Promise<string> {
  const counts: number[][] = []
  for (const _ of seeds) {
    const fleet = await startFleet(node, 4, settings)
    counts.push(await countConnections(fleet.port, 4))
    await fleet.stop()
  }
  return counts.map((count) => count.join('/')).join(', ')
}

const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-balance-'))
const table = await openLoop(folder).finally(() => rmSync(folder, { recursive: true, force: true }))
const long = { stay: await longConnections(never), evened: await longConnections([]) }
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1)
const text = `## How connections are shared out

\`npm run bench:balance\`, Node ${version}, pm2 ${versionOf('pm2')}, wattpm ${versionOf('wattpm')}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}; the
load of the machine was ${loadavg()[0]?.toFixed(1)} at the end. ${workers} workers, ${rate} requests a second at random
times (70 % load), of which 90 % block the event loop for 10 ms and 10 % for 100 ms, without using a core. Times are from
when a request was due. The ideal is one queue, first come first served, simulated with the same arrivals; medians of
${seeds.length} runs of ${values.seconds} s, which all ways took in turn, and the range of the ratios.

${table}

40 keep-alive connections whose handler only waits, on 4 workers, after some fifteen seconds: ${long.evened};
with \`--rebalance-after 0\` they stay where they were accepted: ${long.stay}.`
console.log(text)
if (values.write) writeSection('balance', text)
