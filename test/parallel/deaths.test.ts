import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { parallel } from '../../src/index.js'
import { createRandom } from '../chaos/random.js'
import { childrenOf, signalProcess } from '../process/harness/processes.js'

const file = fileURLToPath(new URL('../../../test/fixtures/parallel/functions.mjs', import.meta.url))

/** The same cases each time, unless a seed is given. */
const seed = Number(process.env.NWORKERS_PROPERTIES_SEED ?? 1)
const work = fc.record({
  seed: fc.nat(1_000_000),
  items: fc.integer({ min: 1, max: 120 }),
  jobs: fc.integer({ min: 1, max: 3 }),
  chunk: fc.constantFrom<number | 'auto'>('auto', 1, 5, 50),
  ordered: fc.boolean(),
})

/** Enough for each item to meet workers that do not die of it. */
const retries = 25

for (const backend of ['threads', 'processes'] as const) {
  test(`${backend} that die at random lose and double no result`, async () => {
    const property = fc.asyncProperty(work, async ({ items, seed, ...options }) => {
      const inputs = Array.from({ length: items }, (_, number) => ({ number, seed }))
      const results = await parallel<(input: object) => number>(`${file}:mortal`, inputs, {
        ...options,
        backend,
        retries,
      }).toArray()
      if (!options.ordered) results.sort((a, b) => a - b)
      assert.deepEqual(
        results,
        inputs.map(({ number }) => number * 2),
      )
    })
    await fc.assert(property, { seed, numRuns: backend === 'threads' ? 12 : 5 })
  })
}

test('processes that are killed from outside lose and double no result', {
  skip: process.platform !== 'linux' && 'looks into /proc',
}, async () => {
  const random = createRandom(seed)
  const before = new Set(childrenOf(process.pid))
  const inputs = Array.from({ length: 600 }, (_, number) => number)
  const results: unknown[] = []
  let kills = 0
  for await (const result of parallel(`${file}:slow`, inputs, {
    jobs: 2,
    backend: 'processes',
    chunk: 6,
    retries,
  })) {
    results.push(result)
    if (results.length % 60 !== 0) continue
    const workers = childrenOf(process.pid).filter((pid) => !before.has(pid))
    const victim = workers[random.integer(0, workers.length - 1)]
    if (victim !== undefined) signalProcess(victim, 'SIGKILL')
    kills += victim === undefined ? 0 : 1
  }
  assert.deepEqual(
    results,
    inputs.map((number) => number * 2),
  )
  assert.ok(kills > 0, 'nobody was killed')
})
