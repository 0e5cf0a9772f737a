import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { executor, type NworkersError, type ParallelOptions, parallel } from '../../src/index.js'

const file = fileURLToPath(new URL('../../../test/fixtures/parallel/functions.mjs', import.meta.url))
const range = (length: number) => Array.from({ length }, (_, index) => index)

async function* slowly(numbers: number[]) {
  for (const number of numbers) {
    if (number % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    yield number
  }
}

type Square = (number: number) => number
const by = (name: string) => `${file}:${name}`
const hasCode = (code: string) => (error: NworkersError) => error.code === code

for (const backend of ['threads', 'processes'] as const) {
  const options: ParallelOptions & { onError?: 'throw' } = { backend, jobs: 2 }
  const collect = { ...options, onError: 'collect' } as const

  describe(`parallel on ${backend}`, () => {
    test('gives what a loop gives, whatever the chunks', async () => {
      const expected = range(500).map((number) => number ** 2)
      for (const chunk of ['auto', 1, 7, 1000] as const) {
        const results = await parallel<Square>(by('square'), range(500), { ...options, chunk }).toArray()
        assert.deepEqual(results, expected)
      }
    })

    test('takes async iterables and gives structured values', async () => {
      const results = await parallel(by('later'), slowly(range(120)), options).toArray()
      const { later } = await import(pathToFileURL(file).href)
      assert.deepEqual(results, await Promise.all(range(120).map(later)))
    })

    test('unordered gives the same results in some order', async () => {
      const results = await parallel<Square>(by('square'), new Set(range(300)), {
        ...options,
        ordered: false,
      }).toArray()
      assert.deepEqual(
        results.sort((a, b) => a - b),
        range(300).map((number) => number ** 2),
      )
    })

    test('a function marked as batch gets arrays, at most as long as it says', async () => {
      const increments = await parallel(by('increments'), range(300), options).toArray()
      assert.deepEqual(
        increments,
        range(300).map((number) => number + 1),
      )
      const pairs = await parallel(by('pairs'), range(20), { ...collect, chunk: 9 }).toArray()
      const values = pairs.map((result) =>
        result.status === 'fulfilled' ? result.value : result.reason.message,
      )
      assert.deepEqual(
        values,
        range(20).map((number) => (number === 7 ? 'Item 7 failed: seven' : number * 10)),
      )
    })

    test('an endless input is read as far as results are', async () => {
      let read = 0
      function* endless() {
        for (;;) yield read++
      }
      const results: unknown[] = []
      for await (const result of parallel(by('square'), endless(), options)) {
        results.push(result)
        if (results.length === 1000) break
      }
      assert.equal(results[999], 999 ** 2)
      assert.ok(read < 100_000, `${read} items were read`)
    })

    test('a failed item throws, with its own error as the cause, after the results before it', async () => {
      const before: unknown[] = []
      const failing = async () => {
        for await (const result of parallel(by('refuses'), range(20), options)) before.push(result)
      }
      await assert.rejects(failing, (error: NworkersError) => {
        assert.equal(error.message, 'Item 7 failed: seven')
        const cause = error.cause as NodeJS.ErrnoException
        assert.deepEqual({ name: cause.name, code: cause.code }, { name: 'RangeError', code: 'SEVEN' })
        return error.code === 'NWORKERS_E_ITEM'
      })
      assert.deepEqual(before, range(7))
    })

    for (const [name, reason, more] of [
      ['exits', 'Its worker died each time it was computed; the last one exited with code 3', {}],
      ['hangs', 'It took longer than 1500 ms', { timeout: 1500, chunk: 3 }],
      ['unsendable', '() => number could not be cloned.', {}],
    ] as const) {
      test(`an item that ${name} fails alone`, async () => {
        const results = await parallel(by(name), range(60), { ...collect, chunk: 20, ...more }).toArray()
        const values = results.map((result) =>
          result.status === 'fulfilled' ? result.value : result.reason.message,
        )
        const message =
          name === 'unsendable' ? /^Item 7 failed: .* could not be cloned\.$/ : `Item 7 failed: ${reason}`
        if (typeof message === 'string') assert.equal(values[7], message)
        else assert.match(String(values[7]), message)
        assert.deepEqual(
          values.filter((_, index) => index !== 7),
          range(60).filter((number) => number !== 7),
        )
      })
    }

    test('several items that end their only worker leave none waiting for another', {
      timeout: 60_000,
    }, async () => {
      const results = await parallel(by('exits'), [7, 7], { ...collect, jobs: 1, chunk: 1 }).toArray()
      const states = results.map(({ status }) => status)
      assert.deepEqual(states, ['rejected', 'rejected'])
    })

    test('retries', async () => {
      const results = await parallel(by('flaky'), range(10), { ...options, jobs: 1, retries: 1 }).toArray()
      assert.deepEqual(results, range(10))
    })

    test('an aborted signal ends it with its reason', async () => {
      const results = parallel(by('hangs'), range(30), { ...options, signal: AbortSignal.timeout(500) })
      await assert.rejects(results.toArray(), { name: 'TimeoutError' })
    })

    test('what the inputs throw comes out', async () => {
      function* failing() {
        yield 1
        throw new Error('no more')
      }
      await assert.rejects(parallel(by('square'), failing(), options).toArray(), { message: 'no more' })
    })

    test('an executor submits, maps and shuts down', async () => {
      const workers = executor(2, { backend })
      const submitted = range(5).map((number) => workers.submit<Square>(by('square'), number))
      assert.deepEqual(await Promise.all(submitted), [0, 1, 4, 9, 16])
      assert.deepEqual(await workers.map<Square>(by('square'), range(3)).toArray(), [0, 1, 4])
      const last = workers.submit<Square>(by('square'), 9)
      await workers.shutdown()
      assert.equal(await last, 81)
      await assert.rejects(workers.submit(by('square'), 1), hasCode('NWORKERS_E_USAGE'))
    })
  })
}

test('mistakes are refused', async () => {
  assert.throws(() => parallel(by('square'), [], { jobs: 0 }), hasCode('NWORKERS_E_USAGE'))
  assert.throws(() => parallel(by('square'), [], { chunk: 0 }), hasCode('NWORKERS_E_USAGE'))
  assert.throws(() => parallel('', []), hasCode('NWORKERS_E_SPECIFIER'))
  const loading = (name: string) => parallel({ module: pathToFileURL(file), export: name }, [1]).toArray()
  await assert.rejects(loading('sqare'), /Did you mean .*:square\?/)
  await assert.rejects(loading('noFunction'), /noFunction of .* is the number 42\. Name a function/)
})
