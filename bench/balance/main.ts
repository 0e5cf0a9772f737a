import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { writeSection } from '../marked-section.js'
import { median, spread } from '../statistics.js'
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

interface Way {
  name: string
  port: number
  sockets: number | undefined
  runs: { measured: Percentiles; ideal: Percentiles; failed: number; closed: number; answers: number }[]
}

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

async function openLoop(): Promise<string> {
  const fleets = [await startFleet(workers, never), await startFleet(workers)]
  const ports = fleets.map(({ port }) => port)
  const proxies = await Promise.all(ports.map(startNginx))
  const [off = 0, on = 0] = ports
  const [proxyOff = 0, proxyOn = 0] = proxies.map(({ port }) => port)
  const ways: Way[] = [
    { name: 'a connection for each request', port: on, sockets: undefined, runs: [] },
    { name: '64 keep-alive clients, `--rebalance-after 0`', port: off, sockets: 64, runs: [] },
    { name: '64 keep-alive clients', port: on, sockets: 64, runs: [] },
    { name: '256 keep-alive clients, `--rebalance-after 0`', port: off, sockets: 256, runs: [] },
    { name: '256 keep-alive clients', port: on, sockets: 256, runs: [] },
    { name: 'nginx with `keepalive 64`, `--rebalance-after 0`', port: proxyOff, sockets: 64, runs: [] },
    { name: 'nginx with `keepalive 64`', port: proxyOn, sockets: 64, runs: [] },
  ]
  const warmUp = makeArrivals({ seed: 0, rate, seconds: 2 })
  for (const { port, sockets } of ways) await runOpenLoop(port, warmUp, sockets)
  for (const seed of seeds) {
    const arrivals = makeArrivals({ seed, rate, seconds: Number(values.seconds) })
    const ideal = percentiles(idealTimes(arrivals, workers))
    for (const way of ways) {
      const { times, failed, closed } = await runOpenLoop(way.port, arrivals, way.sockets)
      const failures = Object.values(failed).reduce((sum, count) => sum + count, 0)
      const run = { measured: percentiles(times), ideal, failed: failures, closed, answers: times.length }
      way.runs.push(run)
      console.error(
        `seed ${seed}, ${way.name}: p99 ${(run.measured.p99 / ideal.p99).toFixed(2)} of the ideal`,
      )
    }
  }
  for (const running of [...proxies, ...fleets]) await running.stop()
  return [
    '| | p50 ms | p99 ms | p99, ideal = 1 | answers that end the connection | failed |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...ways.map(row),
  ].join('\n')
}

async function longConnections(settings: string[]): Promise<string> {
  const counts: number[][] = []
  for (const _ of seeds) {
    const fleet = await startFleet(4, settings)
    counts.push(await countConnections(fleet.port, 4))
    await fleet.stop()
  }
  return counts.map((count) => count.join('/')).join(', ')
}

const table = await openLoop()
const long = { stay: await longConnections(never), evened: await longConnections([]) }
const text = `## How connections are shared out

\`npm run bench:balance\`, Node ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}; the
load of the machine was ${loadavg()[0]?.toFixed(1)} at the end. ${workers} workers, ${rate} requests a second at random
times (70 % load), of which 90 % block the event loop for 10 ms and 10 % for 100 ms, without using a core. Times are from
when a request was due. The ideal is one queue, first come first served, simulated with the same arrivals; medians of
${seeds.length} runs of ${values.seconds} s, which all ways took in turn, and the range of the ratios.

${table}

40 keep-alive connections whose handler only waits, on 4 workers, after some fifteen seconds: ${long.evened};
with \`--rebalance-after 0\` they stay where they were accepted: ${long.stay}.`
console.log(text)
if (values.write) writeSection('balance', text)
