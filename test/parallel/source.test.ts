import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sourceOf } from '../../src/parallel/source.js'

test('an iterable is read no further than is taken, and closed', async () => {
  let read = 0
  let closed = false
  function* numbers() {
    try {
      for (;;) yield read++
    } finally {
      closed = true
    }
  }
  const source = sourceOf(numbers())
  assert.deepEqual(await source.take(3), [0, 1, 2])
  assert.equal(read, 3)
  source.close()
  assert.equal(closed, true)
  assert.deepEqual(await source.take(3), [])
})

test('the end of an iterable gives what is left, then nothing', async () => {
  const source = sourceOf(new Set(['a', 'b', 'c']))
  assert.deepEqual(await source.take(2), ['a', 'b'])
  assert.deepEqual(await source.take(2), ['c'])
  assert.deepEqual(await source.take(2), [])
})

test('a slow async iterable gives what has come, and is not read far ahead', { timeout: 5000 }, async () => {
  let read = 0
  let release: () => void = () => {}
  async function* numbers() {
    for (;;) {
      if (read === 4)
        await new Promise<void>((resolve) => {
          release = resolve
        })
      yield read++
    }
  }
  const source = sourceOf(numbers())
  const taken: unknown[] = []
  // The generator waits after four: more can't be given, and the four are not held back.
  while (taken.length < 4) taken.push(...(await source.take(10)))
  assert.deepEqual(taken, [0, 1, 2, 3])
  release()
  while (taken.length < 20) taken.push(...(await source.take(10)))
  const before = read
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  assert.ok(read <= before + 10, `${read - before} items were read that nobody took`)
  source.close()
})

test('what an async iterable throws comes after its items', async () => {
  async function* failing() {
    yield 1
    throw new Error('no more')
  }
  const source = sourceOf(failing())
  assert.deepEqual(await source.take(5), [1])
  await assert.rejects(async () => source.take(5), { message: 'no more' })
})
