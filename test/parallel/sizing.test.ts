import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSizing } from '../../src/parallel/sizing.js'

/** Sizes of the next chunks when each item takes so many milliseconds. */
function sizes(count: number, milliseconds: number, timeout = 0): number[] {
  const sizing = createSizing({ chunk: 'auto', timeout, lanes: 4 })
  return Array.from({ length: count }, () => {
    const size = sizing.next()
    sizing.learn(size, size * milliseconds)
    return size
  })
}

test('auto begins with one item and doubles until a chunk takes 100 ms', () => {
  assert.deepEqual(sizes(7, 4), [1, 2, 4, 8, 16, 25, 25])
})

test('items that take long are sent one by one, those that take nothing at most 4096 at once', () => {
  assert.deepEqual(sizes(3, 500), [1, 1, 1])
  assert.deepEqual(sizes(14, 0).slice(-3), [2048, 4096, 4096])
})

test('a chunk takes no longer than an item may', () => {
  assert.deepEqual(sizes(6, 2, 20), [1, 2, 4, 8, 10, 10])
})

test('slower items shrink the chunk at once; a short last chunk does not let it grow', () => {
  const sizing = createSizing({ chunk: 'auto', timeout: 0, lanes: 4 })
  sizing.learn(1, 1)
  sizing.learn(2, 2)
  assert.equal(sizing.next(), 4)
  sizing.learn(1, 0.1)
  assert.equal(sizing.next(), 4)
  sizing.learn(4, 200)
  assert.equal(sizing.next(), 2)
})

test('a fixed size stays, and the mean is known all the same', () => {
  const sizing = createSizing({ chunk: 7, timeout: 0, lanes: 4 })
  assert.equal(sizing.mean(), undefined)
  sizing.learn(7, 700)
  assert.deepEqual([sizing.next(), sizing.mean()], [7, 100])
})

test('chunks shrink towards a known end, but not below 5 ms', () => {
  const sizing = createSizing({ chunk: 'auto', timeout: 0, lanes: 4 })
  for (let size = 1; size < 64; size = sizing.next()) sizing.learn(size, size)
  assert.equal(sizing.next(), 64)
  assert.equal(sizing.next(1000), 64)
  assert.equal(sizing.next(80), 20)
  assert.equal(sizing.next(3), 5)
  sizing.learn(64, 64_000)
  assert.equal(sizing.next(3), 1)
})
