import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFinalSweep } from '../../src/arbiter/final-sweep.js'

function sweep() {
  const releases: (readonly number[])[] = []
  return { ...createFinalSweep((asked) => releases.push(asked)), releases }
}

const turn = () => Promise.resolve()

test('before the stop nobody takes part', () => {
  const { ask, foundEmpty, releases } = sweep()
  assert.equal(ask(1), false)
  foundEmpty()
  assert.deepEqual(releases, [])
})

test('the first worker to find the queue empty ends it, for all that were asked', async () => {
  const { begin, ask, foundEmpty, releases } = sweep()
  begin()
  assert.equal(ask(1), true)
  assert.equal(ask(2), true)
  await turn()
  assert.deepEqual(releases, [])
  foundEmpty()
  foundEmpty()
  assert.deepEqual(releases, [[1, 2]])
})

test('where nobody is asked it is over at once', async () => {
  const { begin, releases } = sweep()
  begin()
  await turn()
  assert.deepEqual(releases, [[]])
})

test('when all that were asked have gone it is over', async () => {
  const { begin, ask, forget, releases } = sweep()
  begin()
  ask(1)
  ask(2)
  await turn()
  forget(3)
  forget(1)
  assert.deepEqual(releases, [])
  forget(2)
  assert.deepEqual(releases, [[]])
})
