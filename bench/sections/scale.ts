import { setTimeout as delay } from 'node:timers/promises'
import { drawCurve } from '../curve.js'
import { type Bench, type Section, table } from '../findings.js'
import { cpuTime } from '../systems/process-tree.js'
import { shortConnections } from '../systems/requests.js'

const idleFor = 5_000
const allReady = 120_000

/** One fleet of this many workers. */
interface Point {
  workers: number
  /** Seconds from the command until every worker is ready. */
  start: number
  /** Microseconds. */
  connection: number
  /** Percent of a core that the arbiter takes when nothing happens. */
  idle: number
  /** Seconds. */
  reload: number
}

/** How all this grows with the number of workers. */
export const scale: Section = {
  name: 'scale',
  title: 'Many workers',
  async measure(bench) {
    const points: Point[] = []
    for (const workers of bench.quick ? [1, 2] : [1, 8, 32, 64, 128]) {
      const point = await measurePoint(bench, workers)
      points.push(point)
      bench.say(
        `${workers} workers: start ${point.start.toFixed(1)} s, connection ${point.connection.toFixed(0)} µs, ` +
          `idle ${point.idle.toFixed(2)} %, reload ${point.reload.toFixed(1)} s`,
      )
    }
    const curves = [
      { name: 'scale-start', title: 'all workers ready, s', of: ({ start }: Point) => start },
      { name: 'scale-connection', title: 'CPU per short connection, µs', of: (p: Point) => p.connection },
      { name: 'scale-idle', title: 'CPU of the idle arbiter, % of a core', of: ({ idle }: Point) => idle },
      { name: 'scale-reload', title: 'reload, s', of: (point: Point) => point.reload },
    ]
    const drawings = curves.map(({ name, title, of }) => [
      `${name}.svg`,
      drawCurve(
        title,
        points.map((point) => ({ x: point.workers, y: of(point) })),
      ),
    ])
    const rows = points.map(({ workers, start, connection, idle, reload }) => [
      workers,
      start.toFixed(1),
      connection.toFixed(0),
      idle.toFixed(2),
      reload.toFixed(1),
    ])
    const [smallest, largest] = [points[0], points.at(-1)]
    const growth = (of: (point: Point) => number) =>
      smallest && largest ? of(largest) / of(smallest) / (largest.workers / smallest.workers) : Number.NaN
    return {
      text: `${table(['workers', 'all ready, s', 'CPU per connection, µs', 'idle arbiter, % of a core', 'reload, s'], rows)}

${curves.map(({ name, title }) => `![${title}](benchmarks/${name}.svg)`).join('\n')}`,
      goals: [
        {
          text: 'CPU of the idle arbiter for each worker, % of a core, largest fleet',
          limit: 0.1,
          measured: largest ? largest.idle / largest.workers : Number.NaN,
        },
        {
          text: 'Start: growth as a share of the growth of the fleet',
          limit: 1,
          measured: growth((p) => p.start),
        },
        {
          text: 'Reload: growth as a share of the growth of the fleet',
          limit: 1,
          measured: growth((p) => p.reload),
        },
        {
          text: 'CPU per connection: growth as a share of the growth of the fleet',
          limit: 1,
          measured: growth((p) => p.connection),
        },
      ],
      drawings: Object.fromEntries(drawings),
    }
  },
}

async function measurePoint(bench: Bench, workers: number): Promise<Point> {
  const { nworkers } = bench.systems
  const running = await bench.start(nworkers, workers)
  const { startedAt, output, place, pid } = running
  await output.said(/Ready: generation 1/, { within: allReady })
  const start = ((output.at(/Ready: generation 1/) ?? Number.NaN) - startedAt) / 1000
  const size = bench.quick ? 20 : 2_000
  await shortConnections(place.port, size / 2, 16)
  const before = running.cpu()
  await shortConnections(place.port, size, 16)
  const connection = ((running.cpu() - before) * 1000) / size
  const idleBefore = cpuTime([pid])
  const pause = bench.quick ? 200 : idleFor
  await delay(pause)
  const idle = ((cpuTime([pid]) - idleBefore) / pause) * 100
  const began = performance.now()
  await nworkers.reload?.(running)
  const reload = (performance.now() - began) / 1000
  await running.stop()
  return { workers, start, connection, idle, reload }
}
