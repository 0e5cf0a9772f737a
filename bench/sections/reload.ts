import { setTimeout as delay } from 'node:timers/promises'
import { type Bench, type Section, table } from '../findings.js'
import { spread } from '../statistics.js'
import { mixedLoad } from '../systems/requests.js'
import type { System } from '../systems/systems.js'

const workers = 4
/** Of each kind. */
const clients = 6

interface Reloads {
  seconds: number[]
  answered: number
  failed: Record<string, number>
}

/** All workers are replaced while clients send requests and never retry. */
export const reload: Section = {
  name: 'reload',
  title: 'Reload under load',
  async measure(bench) {
    const { nworkers, nworkersAtOnce, roundRobin, shared, pm2, pm2Graceful, watt, gunicorn } = bench.systems
    const systems = bench.quick
      ? [nworkers]
      : [nworkers, nworkersAtOnce, roundRobin, shared, pm2, pm2Graceful, watt, gunicorn]
    const results = new Map<System, Reloads>()
    for (let round = 0; round < (bench.quick ? 1 : 2); round++) {
      for (const system of systems) {
        const result = results.get(system) ?? { seconds: [], answered: 0, failed: {} }
        results.set(system, result)
        await reloadOnce(bench, system, result)
        bench.say(`${system.name}: ${result.seconds.at(-1)?.toFixed(1)} s, ${describe(result.failed)} failed`)
      }
    }
    const ours = results.get(nworkers)
    return {
      text: `${workers} workers, ${clients} clients on connections that they keep and ${clients} with a new one for each request; none retries. The time
goes from the order until the system says that it is done. throng and bare node have no reload; that of node:cluster is a
few lines of one's own.

${table(
  ['', 's', 'answered', 'failed'],
  [...results].map(([{ name }, { seconds, answered, failed }]) => [
    name,
    spread(seconds, 1),
    answered,
    describe(failed),
  ]),
)}`,
      goals: [{ text: 'Requests that a reload fails', limit: 0, measured: sum(ours?.failed ?? {}) }],
    }
  },
}

async function reloadOnce(bench: Bench, system: System, result: Reloads): Promise<void> {
  const running = await bench.start(system, workers)
  await delay(bench.quick ? 100 : 1_500)
  const load = mixedLoad(running.place.port, clients)
  await delay(300)
  const began = performance.now()
  await system.reload?.(running)
  result.seconds.push((performance.now() - began) / 1000)
  // What was left behind shows only now: a connection that nobody serves, or one that is closed when it idles.
  await delay(bench.quick ? 100 : 1_000)
  await load.end()
  result.answered += load.tally.answered
  for (const [kind, count] of Object.entries(load.tally.failed)) {
    result.failed[kind] = (result.failed[kind] ?? 0) + count
  }
  await running.stop()
}

function sum(failed: Record<string, number>): number {
  return Object.values(failed).reduce((total, count) => total + count, 0)
}

function describe(failed: Record<string, number>): string {
  const kinds = Object.entries(failed).map(([kind, count]) => `${count} ${kind}`)
  return kinds.length === 0 ? '0' : kinds.join(', ')
}
