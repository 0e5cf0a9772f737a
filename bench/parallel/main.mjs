// node bench/parallel/main.mjs: how much faster several jobs are than one, beside joblib on the same work, and what an
// item costs beside tinypool and piscina used bare. Writes its section of docs/benchmarks.md.
import { execFile, execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import { executor } from '../../dist/src/index.js'
import { writeSection } from './section.mjs'
import { collatz } from './work.mjs'

const jobs = availableParallelism()
const rounds = 5
const speed = { items: 96, limit: 20_000 }
const overhead = { items: 5000, sizes: [1, 100], rounds: 11 }
const work = fileURLToPath(new URL('work.mjs', import.meta.url))
const python = '/usr/bin/python3'

/** Median and range of the values, as text. */
function summary(values, unit = 1) {
  const sorted = values.map((value) => (value * unit).toFixed(2)).toSorted((a, b) => a - b)
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]}–${sorted.at(-1)})`
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

function versionOf(name) {
  const { dependencies } = JSON.parse(
    execFileSync('npm', ['ls', name, '--json', '--depth=0'], { encoding: 'utf8' }),
  )
  return dependencies[name].version
}

async function seconds(task) {
  const started = performance.now()
  await task()
  return (performance.now() - started) / 1000
}

/** The seconds of each task; the tasks take turns, so that a busy moment of the machine hits all alike. */
async function compare(tasks, rounds) {
  const times = tasks.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, task] of tasks.entries()) {
      const time = await seconds(task)
      // The first round warms up.
      if (round > 0) times[index].push(time)
    }
  }
  return times
}

async function measureSpeed() {
  const { items, limit } = speed
  const inputs = new Array(items).fill(limit)
  const expected = collatz(limit) * items
  const sum = async (workers) => {
    let total = 0
    for await (const steps of workers.map(`${work}:collatz`, inputs)) total += steps
    if (total !== expected) throw new Error(`The sum is ${total}, not ${expected}`)
  }
  const rows = []
  const loop = () => inputs.reduce((total, one) => total + collatz(one), 0)
  for (const backend of ['threads', 'processes']) {
    const [one, several] = [executor(1, { backend }), executor(jobs, { backend })]
    const [sequential, alone, together] = await compare([loop, () => sum(one), () => sum(several)], rounds)
    await Promise.all([one.shutdown(), several.shutdown()])
    rows.push([`nworkers, ${backend}`, alone, together, `a plain loop takes ${summary(sequential)} s`])
  }
  const args = [fileURLToPath(new URL('work.py', import.meta.url)), jobs, items, limit].map(String)
  const results = []
  for (let round = 0; round < 3; round++) {
    const { stdout } = await promisify(execFile)(python, args)
    results.push(JSON.parse(stdout))
  }
  if (results[0].total !== expected) throw new Error('joblib did other work')
  const of = (name) => results.map((result) => result[name])
  rows.push([
    `joblib ${results[0].version}, its default backend (processes)`,
    of('alone'),
    of('together'),
    'Python',
  ])
  return rows
}

/** What an item costs, each pool having at most as many tasks under way as twice its workers. */
async function measureOverhead() {
  const rows = []
  const options = { filename: work, name: 'nothing', minThreads: jobs, maxThreads: jobs }
  const tinypool = new Tinypool(options)
  const piscina = new Piscina(options)
  const workers = executor(jobs)
  for (const size of overhead.sizes) {
    const count = overhead.items * Math.min(size, 10)
    const inputs = Array.from({ length: count }, (_, index) => index)
    const bare = (pool) => async () => {
      let next = 0
      const results = new Array(count)
      const lane = async () => {
        while (next < count) {
          const from = next
          next += size
          const values = await pool.run(inputs.slice(from, from + size))
          for (const [index, value] of values.entries()) results[from + index] = value
        }
      }
      await Promise.all(Array.from({ length: jobs * 2 }, lane))
    }
    const ours = async () => {
      await workers.map(`${work}:nothing`, inputs, { chunk: size }).toArray()
    }
    const times = await compare([ours, bare(tinypool), bare(piscina)], overhead.rounds)
    rows.push([size, ...times.map((all) => summary(all, 1e6 / count))])
  }
  await Promise.all([workers.shutdown(), tinypool.destroy(), piscina.destroy()])
  return rows
}

const load = loadavg()[0].toFixed(1)
const speedRows = await measureSpeed()
const overheadRows = await measureOverhead()
const text = `Measured by \`npm run bench:parallel\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${jobs} cores of ${cpus()[0].model}; the
load of the machine was ${load} when it began and ${loadavg()[0].toFixed(1)} at the end (all else that ran on it disturbs the figures). Medians and\nranges; the tasks took turns, their workers were started before. ${rounds} rounds, joblib 3, costs of an item ${overhead.rounds}.

${speed.items} items, each counting the Collatz steps of the numbers below ${speed.limit}:

| | 1 job, s | ${jobs} jobs, s | speed-up | |
| --- | ---: | ---: | ---: | --- |
${speedRows.map(([name, alone, together, note]) => `| ${name} | ${summary(alone)} | ${summary(together)} | ${(median(alone) / median(together)).toFixed(2)} | ${note} |`).join('\n')}

What an item costs that takes no time, in microseconds, on ${jobs} threads. The bare pools have
their default settings and are given the same arrays, two for each worker at a time, as one would write it by hand
(tinypool ${versionOf('tinypool')}, piscina ${versionOf('piscina')}):

| items at once | nworkers | tinypool bare | piscina bare |
| ---: | ---: | ---: | ---: |
${overheadRows.map(([size, ...costs]) => `| ${size} | ${costs.join(' | ')} |`).join('\n')}
`
console.log(text)
writeSection(text)
