import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ordered, told } from './tale.js'

test('slot 0 boots alone; the others follow together as soon as it has loaded the app', () => {
  const world = createWorld({ workers: 4, conduct: () => ({ ...steady, loads: 80, readies: 900 }) })
  world.send({ type: 'start' })
  becomesWhole(world)
  assert.deepEqual(
    ordered(world, 'spawn').map(({ at, effect }) => [at, effect.slot]),
    [
      [0, 0],
      [80, 1],
      [80, 2],
      [80, 3],
    ],
  )
})

test('the workers of the first start are of generation 1, and all ready is said once', () => {
  const world = createWorld({ workers: 3 })
  world.send({ type: 'start' })
  world.run(60_000)
  assert.deepEqual(
    world.workers().map(({ slot, generation, state }) => [slot, generation, state]),
    [
      [0, 1, 'ready'],
      [1, 1, 'ready'],
      [2, 1, 'ready'],
    ],
  )
  assert.deepEqual(told(world, 'all-ready'), [{ type: 'all-ready', generation: 1, workers: 3 }])
})

test('one worker is enough of a fleet', () => {
  const world = createWorld({ workers: 1 })
  world.send({ type: 'start' })
  becomesWhole(world)
  assert.equal(told(world, 'all-ready').length, 1)
})

test('messages of a worker that was reaped, or never was, change nothing', () => {
  const world = createWorld({ workers: 2 })
  world.send({ type: 'start' })
  becomesWhole(world)
  const workers = world.workers()
  const steps = world.trace().length
  for (const type of ['loaded', 'ready', 'beat', 'examined'] as const) world.send({ type, id: 99 })
  world.send({ type: 'failed', id: 99, failure: steady.failure })
  world.send({ type: 'leaving', id: 99, reason: 'crash' })
  world.send({ type: 'exited', id: 99, exit: steady.exit })
  assert.deepEqual(world.workers(), workers)
  assert.equal(world.trace().length, steps)
})

test('a worker is starting, then loaded, then ready, and known by its pid', () => {
  const world = createWorld({ workers: 1, conduct: () => ({ ...steady, loads: 80, readies: 100 }) })
  const stages: unknown[] = []
  world.send({ type: 'start' })
  for (let times = 0; times < 3; times++) {
    const [worker] = world.workers()
    stages.push([worker?.state, worker?.pid])
    world.run(45)
  }
  stages.push(world.workers()[0]?.state)
  assert.deepEqual(stages, [['starting', undefined], ['starting', 1_001], ['loaded', 1_001], 'ready'])
})

test('whoever is ready has loaded the app, even if that was never said', () => {
  const world = createWorld({ workers: 3, conduct: () => ({ ...steady, loads: never }) })
  world.send({ type: 'start' })
  becomesWhole(world)
})
