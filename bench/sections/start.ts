import { type Section, table } from '../findings.js'
import { median, ratios, spread } from '../statistics.js'

const workers = 4

/** From the command to the first answer. */
export const startUp: Section = {
  name: 'start',
  title: 'Start to the first answer',
  async measure(bench) {
    const { bare, nworkers, roundRobin, throng, pm2, watt, gunicorn } = bench.systems
    const systems = bench.quick ? [nworkers] : [nworkers, roundRobin, throng, gunicorn, pm2, watt]
    const twice: number[] = []
    const times = new Map(systems.map((system) => [system, [] as number[]]))
    for (let round = 0; round < (bench.quick ? 1 : 7); round++) {
      let sum = 0
      for (const _ of [1, 2]) {
        const running = await bench.start(bare, 1)
        sum += running.startTime
        await running.stop()
      }
      twice.push(sum)
      for (const [system, own] of times) {
        const running = await bench.start(system, workers)
        own.push(running.startTime)
        await running.stop()
      }
      bench.say(
        `two bare starts ${sum.toFixed(0)} ms, nworkers ${times.get(nworkers)?.at(-1)?.toFixed(0)} ms`,
      )
    }
    const ratioOf = (own: readonly number[]) => median(ratios(own, twice))
    const rows = [...times].map(([{ name }, own]) => [name, spread(own), ratioOf(own).toFixed(2)])
    return {
      text: table(
        [`${workers} workers`, 'ms', 'of two bare starts'],
        [['bare node, two starts in a row', spread(twice), 1], ...rows],
      ),
      goals: [
        {
          text: `Start of ${workers} workers to the first answer, of two bare node starts in a row`,
          limit: 1.5,
          measured: ratioOf(times.get(nworkers) ?? []),
        },
      ],
    }
  },
}
