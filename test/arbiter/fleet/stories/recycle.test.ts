import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, steady } from '../conduct.js'
import { becomesWhole, generationsReady, ordered, startedWorld, told, workerIn } from './tale.js'

test('recycling boots the replacement first and takes one worker at a time, whatever the surge', () => {
  const world = startedWorld({ workers: 3, policy: { surge: { count: 3 }, provingTime: 500 } })
  const began = world.now()
  for (const { id } of world.workers()) world.send({ type: 'recycle', id, reason: 'max-requests' })
  becomesWhole(world)
  assert.deepEqual(
    ordered(world, 'spawn', began).map(({ at, effect }) => [at - began, effect.slot]),
    [
      [0, 0],
      [600, 1],
      [1_200, 2],
    ],
  )
  assert.deepEqual(
    ordered(world, 'drain').map(({ at }) => at - began),
    [600, 1_200, 1_800],
  )
})

test('the reason of a recycling is told, and the generation stays', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'recycle', id: workerIn(world, 1).id, reason: 'max-lifetime' })
  becomesWhole(world)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ worker, reason }) => [worker.slot, reason]),
    [[1, 'max-lifetime']],
  )
  assert.deepEqual(generationsReady(world), [1, 1])
})

test('a replacement that fails to boot leaves the worker in place and is tried again after a rest', () => {
  const world = startedWorld({ workers: 1 })
  const { id } = workerIn(world, 0)
  world.run(10_000)
  world.behave(() => broken)
  const began = world.now()
  world.send({ type: 'recycle', id, reason: 'max-requests' })
  world.run(4_000)
  assert.equal(workerIn(world, 0).state, 'ready')
  const tries = ordered(world, 'spawn', began).map(({ at }) => at - began)
  // Each fails after 60 ms; the beats of the worker that serves on don't shorten the rests.
  assert.deepEqual(tries, [0, 310, 870, 1_930, 3_990])
  world.behave(() => steady)
  becomesWhole(world)
  assert.notEqual(workerIn(world, 0).id, id)
})

test('a rollout takes the place of recycling', () => {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'reload' })
  for (const { id } of world.workers()) world.send({ type: 'recycle', id, reason: 'max-requests' })
  const spawned = ordered(world, 'spawn').length
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
  assert.equal(ordered(world, 'spawn').length - spawned, 2)
})

test('a worker that leaves or boots is not recycled', () => {
  const world = startedWorld({ workers: 2, conduct: () => ({ ...steady, drains: 5_000 }) })
  world.send({ type: 'scale', target: 1 })
  world.send({ type: 'recycle', id: 2, reason: 'max-requests' })
  world.run(10_000)
  assert.equal(ordered(world, 'spawn').length, 2)
})
