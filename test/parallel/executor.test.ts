import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { executor, parallel } from '../../src/index.js'

const file = fileURLToPath(new URL('../../../test/fixtures/parallel/functions.mjs', import.meta.url))
type Square = (number: number) => number

test('Symbol.asyncDispose, which `await using` calls, finishes what was submitted and takes nothing new', async () => {
  const workers = executor(1)
  const nine = workers.submit<Square>(`${file}:square`, 3)
  await workers[Symbol.asyncDispose]()
  assert.equal(await nine, 9)
  assert.throws(() => workers.map(`${file}:square`, [1]), { code: 'NWORKERS_E_USAGE' })
})

test('Symbol.dispose, which `using` calls, ends at once what runs', async () => {
  const workers = executor(1)
  await workers.submit<Square>(`${file}:square`, 3)
  // It would hang for ever.
  const hanging = workers.submit(`${file}:hangs`, 7)
  const rejected = assert.rejects(hanging, { code: 'NWORKERS_E_USAGE' })
  workers[Symbol.dispose]()
  await rejected
})

test('what waits behind a run that is aborted gets a worker of its own', { timeout: 60_000 }, async () => {
  const workers = executor(1)
  const controller = new AbortController()
  const hanging = workers.map(`${file}:hangs`, [7], { signal: controller.signal }).toArray()
  const rejected = assert.rejects(hanging, { name: 'AbortError' })
  const nine = workers.submit<Square>(`${file}:square`, 3)
  setTimeout(() => controller.abort(), 500)
  await rejected
  assert.equal(await nine, 9)
  await workers.shutdown()
})

test('an iteration that has begun can be ended with toArray', async () => {
  const results = parallel<Square>(`${file}:square`, [1, 2, 3, 4, 5], { jobs: 1, chunk: 3 })
  const first = await results[Symbol.asyncIterator]().next()
  assert.deepEqual([first.value, ...(await results.toArray())], [1, 4, 9, 16, 25])
})
