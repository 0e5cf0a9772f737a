import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import { executor } from '../../dist/src/index.js'
import { median } from './summary.mjs'

const work = fileURLToPath(new URL('work.mjs', import.meta.url))
const versions = ['tinypool', 'piscina'].map(versionOf)

/** Items that are sent at once, here and by the bare pools, and how many there are in a turn. */
const cases = [
  { name: '1, and here by default', ours: 'auto', bare: 1, items: 1000 },
  { name: '1', ours: 1, bare: 1, items: 1000 },
  { name: '100', ours: 100, bare: 100, items: 50_000 },
]

/**
 * What an item costs that takes no time. They take short turns, so that a busy moment of the machine hits all
 * alike; each has at most as many tasks under way as twice its workers, and its results are in order.
 */
export async function measureOverhead(jobs, turns) {
  const options = { filename: work, name: 'nothing', minThreads: jobs, maxThreads: jobs }
  const pools = [new Tinypool({ ...options, useAtomics: false }), new Tinypool(options), new Piscina(options)]
  const workers = executor(jobs)
  const rows = []
  for (const { name, ours, bare, items } of cases) {
    const inputs = Array.from({ length: items }, (_, index) => index)
    const candidates = [
      () => workers.map(`${work}:nothing`, inputs, { chunk: ours }).toArray(),
      ...pools.map((pool) => () => mapOn(pool, inputs, { size: bare, lanes: jobs * 2 })),
    ].map((run) => ({ run, wall: [], processor: [] }))
    for (let turn = -20; turn < turns; turn++) {
      for (const { run, wall, processor } of candidates) {
        const before = process.cpuUsage()
        const started = performance.now()
        const results = await run()
        const time = performance.now() - started
        const { user, system } = process.cpuUsage(before)
        if (results.length !== items || results.at(-1) !== items - 1)
          throw new Error('These are not the results.')
        // The first turns warm up.
        if (turn < 0) continue
        wall.push((time * 1000) / items)
        processor.push((user + system) / items)
      }
    }
    const figures = candidates.map(
      ({ wall, processor }) => `${median(wall).toFixed(2)} / ${median(processor).toFixed(2)}`,
    )
    rows.push(`| ${[name, ...figures].join(' | ')} |`)
  }
  await Promise.all([workers.shutdown(), ...pools.map((pool) => pool.destroy())])
  return `What an item costs that takes no time, in microseconds on the clock / of processor time, on ${jobs} threads; medians of ${turns}
short turns. The bare pools (${versions.join(', ')}) are given arrays of so many items, two for each worker at a
time, as one would write it by hand. By default their workers wait on a lock; the first of them waits in its event loop, as those
of nworkers do, so that what a function leaves under way goes on:

| items at once | nworkers | tinypool, event loop | tinypool, default | piscina, default |
| --- | ---: | ---: | ---: | ---: |
${rows.join('\n')}
`
}

/** The map that one would write by hand on a bare pool. */
async function mapOn(pool, inputs, { size, lanes }) {
  const results = new Array(inputs.length)
  let next = 0
  const lane = async () => {
    while (next < inputs.length) {
      const from = next
      next += size
      const values = await pool.run(inputs.slice(from, from + size))
      for (const [index, value] of values.entries()) results[from + index] = value
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

/** Read from its file: packages need not export it. */
function versionOf(name) {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return `${name} ${JSON.parse(readFileSync(file, 'utf8')).version}`
}
