import { type Bench, type Section, table } from '../findings.js'
import { median, ratios, spread } from '../statistics.js'
import { shortConnections } from '../systems/requests.js'
import type { Running } from '../systems/running.js'
import type { System } from '../systems/systems.js'

const workers = 2
/** Connections in all: enough for what is hot to be compiled, since the compiler is in memory then. */
const served = 2_000

/** Proportional memory of two workers that have served. */
export const memory: Section = {
  name: 'memory',
  title: 'Memory',
  async measure(bench) {
    const { bare, nworkers, roundRobin, throng, pm2, watt, gunicorn } = bench.systems
    const systems = bench.quick ? [nworkers] : [nworkers, roundRobin, throng, pm2, watt, gunicorn]
    const three: number[] = []
    const sizes = new Map(systems.map((system) => [system, [] as number[]]))
    for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
      three.push(await measureSize(bench, [bare, bare, bare]))
      for (const [system, own] of sizes) own.push(await measureSize(bench, [system]))
    }
    const ratioOf = (own: readonly number[]) => median(ratios(own, three))
    const rows = [...sizes].map(([{ name }, own]) => [name, spread(own, 1), ratioOf(own).toFixed(2)])
    const measured = ratioOf(sizes.get(nworkers) ?? [])
    bench.say(`memory ${measured.toFixed(2)} of three bare processes`)
    return {
      text: table(
        [`hello world, ${workers} workers`, 'PSS, MB', 'of three bare processes'],
        [['bare node, three processes', spread(three, 1), 1], ...rows],
      ),
      goals: [{ text: `Memory (PSS) of ${workers} workers, of three bare processes`, limit: 1.08, measured }],
    }
  },
}

/** Megabytes of all these together. */
async function measureSize(bench: Bench, systems: readonly System[]): Promise<number> {
  const all: Running[] = []
  for (const system of systems) {
    const running = await bench.start(system, workers)
    all.push(running)
    await shortConnections(running.place.port, Math.round((bench.quick ? 100 : served) / systems.length), 8)
  }
  const size = all.reduce((sum, running) => sum + running.memory(), 0) / 1e6
  for (const running of all) await running.stop()
  return size
}
