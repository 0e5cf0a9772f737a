import { type Bench, type Goal, type Section, table } from '../findings.js'
import { confident, median, ratios, spread } from '../statistics.js'
import { shortConnections } from '../systems/requests.js'
import type { Running } from '../systems/running.js'
import type { System } from '../systems/systems.js'

const atOnce = 16

/** Microseconds of CPU a connection, slice by slice, and what failed. */
interface Costs {
  system: System
  slices: number[]
  failed: number
}

/** What a connection costs that brings one request. */
export const connections: Section = {
  name: 'connections',
  title: 'CPU per short connection',
  async measure(bench) {
    const { bare, nworkers, roundRobin, shared, throng, pm2, watt, gunicorn } = bench.systems
    if (bench.quick) {
      const costs = await measureCosts(bench, [bare, nworkers], { workers: 2, slices: 3, size: 20 })
      return { text: report(costs), goals: [goal('of bare node', costs, nworkers, bare, 1.05)] }
    }
    const few = await measureCosts(bench, [bare, nworkers, shared, roundRobin, throng, pm2, watt, gunicorn], {
      workers: 2,
      slices: 40,
      size: 200,
    })
    const texts = [`2 workers (bare node: one process):\n\n${report(few)}`]
    for (const workers of [8, 32]) {
      const many = await measureCosts(bench, [bare, nworkers, shared, roundRobin, pm2], {
        workers,
        slices: 15,
        size: 200,
      })
      texts.push(`${workers} workers:\n\n${report(many)}`)
    }
    return {
      text: `All systems of a table run at the same time and take turns, ${atOnce} connections at a time; the median of the ratios of
each turn with its confidence interval of 95 % is what to decide by.

${texts.join('\n\n')}`,
      goals: [
        goal('of node:cluster, round robin', few, nworkers, roundRobin, 0.5),
        goal('of PM2', few, nworkers, pm2, 0.5),
        goal('of bare node', few, nworkers, bare, 1.05),
      ],
    }
  },
}

async function measureCosts(
  bench: Bench,
  systems: readonly System[],
  { workers, slices, size }: { workers: number; slices: number; size: number },
): Promise<Costs[]> {
  const all: { running: Running; costs: Costs }[] = []
  for (const system of systems) {
    const running = await bench.start(system, workers)
    all.push({ running, costs: { system, slices: [], failed: 0 } })
  }
  for (let slice = -Math.ceil(slices / 5); slice < slices; slice++) {
    for (const { running, costs } of all) {
      const before = running.cpu()
      const failed = await shortConnections(running.place.port, size, atOnce)
      // What comes before the first slice warms up.
      if (slice < 0) continue
      costs.slices.push(((running.cpu() - before) * 1000) / size)
      costs.failed += failed
    }
  }
  for (const { running } of all) await running.stop()
  bench.say(all.map(({ costs }) => `${costs.system.name} ${median(costs.slices).toFixed(0)} µs`).join(', '))
  return all.map(({ costs }) => costs)
}

function report(all: readonly Costs[]): string {
  const ours = all.find(({ system }) => system.name === 'nworkers')?.slices ?? []
  return table(
    ['', 'CPU, µs', 'nworkers takes of it', 'failed'],
    all.map(({ system, slices, failed }) => [
      system.name,
      spread(slices),
      slices === ours ? '' : confident(ratios(ours, slices)),
      failed,
    ]),
  )
}

function goal(of: string, all: readonly Costs[], ours: System, theirs: System, limit: number): Goal {
  const slicesOf = (wanted: System) => all.find(({ system }) => system === wanted)?.slices ?? []
  const measured = median(ratios(slicesOf(ours), slicesOf(theirs)))
  return { text: `CPU per short connection, 2 workers, ${of}`, limit, measured }
}
