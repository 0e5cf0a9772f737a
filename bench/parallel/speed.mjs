import { fileURLToPath } from 'node:url'
import { executor } from '../../dist/src/index.js'
import { startJoblib } from './joblib.mjs'
import { median, summary } from './summary.mjs'
import { euclid } from './work.mjs'

const work = fileURLToPath(new URL('work.mjs', import.meta.url))
/** Milliseconds that one item shall take, in JavaScript and in Python alike. */
const itemTime = 20
const items = 100

/** What takes the same tasks in turn: by its name, the seconds on one job and on several, in turns with the others. */
export async function measureSpeed(jobs, rounds, python) {
  const joblib = await startJoblib(python)
  const ours = Object.fromEntries(
    ['threads', 'processes'].map((backend) => [
      backend,
      { 1: executor(1, { backend }), [jobs]: executor(jobs, { backend }) },
    ]),
  )
  const limits = {
    js: await limitFor((limit) => processorSeconds(() => euclid(limit))),
    python: await limitFor(async (limit) => (await joblib.compute('loop', 1, 1, limit)).processor),
  }
  const check = (total, limit) => {
    if (total !== euclid(limit) * items) throw new Error(`The sum is ${total}.`)
  }
  const js = (backend) => (workers) =>
    seconds(async () => {
      const steps = await ours[backend][workers]
        .map(`${work}:euclid`, new Array(items).fill(limits.js))
        .toArray()
      check(
        steps.reduce((sum, one) => sum + one, 0),
        limits.js,
      )
    })
  const py = (backend) => async (workers) => {
    const { seconds, total } = await joblib.compute(backend, workers, items, limits.python)
    check(total, limits.python)
    return seconds
  }
  const candidates = [
    { name: 'nworkers, threads', run: js('threads') },
    { name: 'nworkers, processes', run: js('processes') },
    { name: `joblib ${joblib.version}, processes (its default, loky)`, run: py('loky') },
    { name: `joblib ${joblib.version}, \`backend="threading"\``, run: py('threading') },
  ].map((candidate) => ({ ...candidate, alone: [], together: [] }))
  for (let round = 0; round <= rounds; round++) {
    for (const { run, alone, together } of candidates) {
      const [one, several] = [await run(1), await run(jobs)]
      // The first round warms up.
      if (round === 0) continue
      alone.push(one)
      together.push(several)
    }
  }
  joblib.end()
  await Promise.all(
    Object.values(ours).flatMap((pools) => Object.values(pools).map((pool) => pool.shutdown())),
  )
  return describe(candidates, limits, jobs)
}

function describe(candidates, limits, jobs) {
  const rows = candidates.map(({ name, alone, together }) => {
    const ratios = alone.map((one, index) => one / together[index])
    return `| ${name} | ${summary(alone)} | ${summary(together)} | ${summary(ratios)} |`
  })
  return `${items} items of about ${itemTime} ms each, in JavaScript and in Python alike: the steps of Euclid's algorithm for ${limits.js} and
${limits.python} with each number below. The speed-up is that of each round, where both figures were measured one after the other:

| | 1 job, s | ${jobs} jobs, s | speed-up |
| --- | ---: | ---: | ---: |
${rows.join('\n')}
`
}

/** The limit with which the work takes as long as an item shall, in processor time, since the machine has other work. */
async function limitFor(run) {
  let limit = 1000
  for (let step = 0; step < 6; step++) {
    const times = []
    for (let time = 0; time < 9; time++) times.push((await run(limit)) * 1000)
    // The cost of a number grows very slowly with it.
    limit = Math.max(10, Math.round((limit * itemTime) / median(times)))
  }
  return limit
}

function processorSeconds(task) {
  const before = process.cpuUsage()
  task()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

async function seconds(task) {
  const started = performance.now()
  await task()
  return (performance.now() - started) / 1000
}
