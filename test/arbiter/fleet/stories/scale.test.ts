import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, generationsReady, ordered, startedWorld, told, workerIn } from './tale.js'

test('TTIN adds a worker in the next slot', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'scale', target: 3 })
  becomesWhole(world)
  assert.equal(workerIn(world, 2).state, 'ready')
  assert.deepEqual(
    told(world, 'scaled').map(({ from, to, reason }) => [from, to, reason]),
    [[2, 3, 'request']],
  )
  assert.deepEqual(
    told(world, 'all-ready').map(({ workers }) => workers),
    [2, 3],
  )
})

test('TTOU drains the worker of the last slot', () => {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'scale', target: 2 })
  assert.deepEqual(
    ordered(world, 'drain').map(({ effect }) => effect.id),
    [3],
  )
  becomesWhole(world)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ worker, reason }) => [worker.slot, reason]),
    [[2, 'scale']],
  )
  assert.equal(told(world, 'all-ready').length, 1)
})

test('TTOU stops at one worker', () => {
  const world = startedWorld({ workers: 1 })
  for (const target of [0, -3]) world.send({ type: 'scale', target })
  world.run(1_000)
  assert.equal(world.fleet().target, 1)
  assert.equal(ordered(world, 'drain').length, 0)
})

test('TTOU asks a worker that still boots to leave, and it ends at once', () => {
  const world = startedWorld({ workers: 1 })
  world.behave(() => ({ ...steady, loads: never, readies: never }))
  world.send({ type: 'scale', target: 2 })
  world.run(10)
  world.send({ type: 'scale', target: 1 })
  assert.equal(ordered(world, 'drain').length, 1)
  becomesWhole(world, 100)
})

test('TTOU and TTIN in a row fill the slot while its old worker still drains', () => {
  const world = startedWorld({ workers: 2, conduct: () => ({ ...steady, drains: 10_000 }) })
  world.send({ type: 'scale', target: 1 })
  world.send({ type: 'scale', target: 2 })
  world.run(1_000)
  assert.deepEqual(
    world.workers().map(({ slot, state }) => [slot, state]),
    [
      [0, 'ready'],
      [1, 'draining'],
      [1, 'ready'],
    ],
  )
})

test('TTIN during a rollout adds a worker of the new generation', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload' })
  world.run(50)
  world.send({ type: 'scale', target: 3 })
  assert.equal(workerIn(world, 2).generation, 2)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
})

test('TTOU during a rollout takes the last slot out of it', () => {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'reload' })
  assert.ok(
    world.until(() => world.workers().some(({ slot, generation }) => slot === 2 && generation === 2), 5_000),
  )
  world.send({ type: 'scale', target: 2 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2])
  assert.equal(told(world, 'reload-done').length, 1)
  assert.equal(told(world, 'reload-failed').length, 0)
})

test('the number of workers is kept over a reload, unless the reload brings another', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'scale', target: 4 })
  becomesWhole(world)
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2, 2])
  world.send({ type: 'reload', target: 3 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [3, 3, 3])
})

test('the fleet is scaled before it is up as well', () => {
  const world = createWorld({ workers: 1 })
  world.send({ type: 'start' })
  world.send({ type: 'scale', target: 3 })
  assert.equal(ordered(world, 'spawn').length, 1)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1, 1, 1])
})
