import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld } from '../world.js'
import { ending, ordered, startedWorld, told, workerIn } from './tale.js'

const policy = { shutdownDelay: 5_000 }

test('with a shutdown delay TERM lets the workers serve on for that long', () => {
  const world = startedWorld({ workers: 2, policy })
  const began = world.now()
  world.send({ type: 'stop', quick: false })
  assert.equal(told(world, 'stopping').length, 1)
  world.run(4_999)
  assert.equal(ordered(world, 'drain').length, 0)
  assert.equal(ordered(world, 'release-listeners').length, 0)
  assert.equal(ending(world).code, 0)
  assert.deepEqual(
    ordered(world, 'drain').map(({ at }) => at - began),
    [5_000, 5_000],
  )
})

test('a worker that dies during the delay is replaced, at once or after its rest, even if it was the only one', () => {
  for (const [age, rest] of [
    [10_000, 0],
    [0, 250],
  ] as const) {
    const world = startedWorld({ workers: 1, policy })
    world.run(age)
    world.send({ type: 'stop', quick: false })
    const died = world.now()
    world.crash(workerIn(world, 0).id)
    world.run(4_000)
    assert.deepEqual(
      ordered(world, 'spawn', died).map(({ at }) => at - died),
      [rest],
    )
    assert.equal(ending(world).code, 0)
  }
})

test('INT ends the delay', () => {
  const world = startedWorld({ workers: 2, policy })
  world.send({ type: 'stop', quick: false })
  world.run(1_000)
  world.send({ type: 'stop', quick: true })
  assert.deepEqual(ending(world), { code: 0, took: 10 })
})

test('INT knows no delay, and neither does a TERM before anything was ready', () => {
  const serving = startedWorld({ workers: 2, policy })
  serving.send({ type: 'stop', quick: true })
  assert.equal(ending(serving).took, 10)
  const starting = createWorld({ workers: 2, policy })
  starting.send({ type: 'start' })
  starting.send({ type: 'stop', quick: false })
  assert.equal(ending(starting).took, 10)
})

test('nobody is replaced during the delay: not the rest of a rollout, not those of a failed one, not the recycled', () => {
  const world = startedWorld({ workers: 3, policy })
  world.send({ type: 'reload' })
  // Slot 0 is done, and in slot 1 a new worker is proving itself.
  world.run(800)
  const since = world.now()
  world.send({ type: 'stop', quick: false })
  world.send({ type: 'reload' })
  world.send({ type: 'recycle', id: workerIn(world, 2).id, reason: 'max-requests' })
  world.run(4_999)
  assert.deepEqual(
    world.workers().map(({ slot, generation, state }) => [slot, generation, state]),
    [
      [1, 1, 'ready'],
      [2, 1, 'ready'],
      [0, 2, 'ready'],
      [1, 2, 'ready'],
    ],
  )
  assert.equal(ordered(world, 'spawn', since).length, 0)
  assert.deepEqual([...told(world, 'reload-queued'), ...told(world, 'reload-done')], [])
  assert.equal(told(world, 'reload-started').length, 1)
  assert.equal(ending(world).code, 0)
})
