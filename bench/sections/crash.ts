import { setTimeout as delay } from 'node:timers/promises'
import { type Bench, type Section, table } from '../findings.js'
import { median, ratios, spread } from '../statistics.js'
import { answerOf } from '../systems/requests.js'

/** A worker that has served this long is replaced at once; a little more than the fleet asks for, in milliseconds. */
const served = 5_500

/** The only worker is killed; the next answer is that of its replacement. */
export const crash: Section = {
  name: 'crash',
  title: 'Crash to replacement',
  async measure(bench) {
    const boots: number[] = []
    const replacements: number[] = []
    for (let round = 0; round < (bench.quick ? 1 : 5); round++) {
      const { boot, replacement } = await killOnce(bench)
      boots.push(boot)
      replacements.push(replacement)
      bench.say(`boot ${boot.toFixed(0)} ms, replacement ${replacement.toFixed(0)} ms`)
    }
    return {
      text: `The only worker is killed after ${served / 1000} s of service, while a client waits: nobody is refused, since connections queue at
the socket of the arbiter.

${table(
  ['', 'ms'],
  [
    ['from the start of a worker to its first answer', spread(boots)],
    ["from a worker's death to the first answer of its replacement", spread(replacements)],
  ],
)}`,
      goals: [
        {
          text: "From a worker's death to the answer of its replacement, of one worker's boot",
          limit: 1.2,
          measured: median(ratios(replacements, boots)),
        },
      ],
    }
  },
}

async function killOnce(bench: Bench): Promise<{ boot: number; replacement: number }> {
  const running = await bench.start(bench.systems.nworkers, 1)
  const { startedAt, startTime, output, place } = running
  const boot = startedAt + startTime - (output.at(/Booting worker/) ?? Number.NaN)
  await delay(served)
  const [worker] = running.workers()
  if (worker === undefined) throw new Error('There is no worker to kill.')
  const killed = performance.now()
  process.kill(worker, 'SIGKILL')
  let answer: string | undefined
  // The first connection may still be accepted by the dying worker.
  while (answer === undefined) answer = await answerOf(place.port)
  const replacement = performance.now() - killed
  await running.stop()
  return { boot, replacement }
}
