import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, shortLived, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, generationsReady, ordered, startedWorld, told, workerIn } from './tale.js'

test('reloads during a rollout become one more rollout', () => {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'reload' })
  for (let times = 0; times < 5; times++) {
    world.run(100)
    world.send({ type: 'reload' })
  }
  becomesWhole(world)
  assert.deepEqual(
    told(world, 'reload-started').map(({ generation }) => generation),
    [2, 3],
  )
  assert.equal(told(world, 'reload-queued').length, 1)
  assert.deepEqual(generationsReady(world), [3, 3, 3])
})

test('a reload during a rollout that fails is carried out too', () => {
  const world = startedWorld({ workers: 3 })
  world.behave(({ generation }) => (generation === 2 ? broken : steady))
  world.send({ type: 'reload' })
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.deepEqual(generationsReady(world), [3, 3, 3])
})

test('a reload before anything was ready waits until something is', () => {
  const world = createWorld({ workers: 3 })
  world.send({ type: 'start' })
  world.send({ type: 'reload' })
  assert.equal(told(world, 'reload-started').length, 0)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
})

test('a reload before anything was ready does not save an app that fails to boot', () => {
  const world = createWorld({ workers: 3, conduct: () => broken })
  world.send({ type: 'start' })
  world.send({ type: 'reload' })
  assert.equal(ending(world).code, 3)
  assert.equal(told(world, 'reload-started').length, 0)
})

test('a reload while a worker is being recycled replaces that worker once, by the new generation', () => {
  for (const moment of [0, 50, 150, 590]) {
    const world = startedWorld({ workers: 2 })
    world.send({ type: 'recycle', id: workerIn(world, 0).id, reason: 'max-requests' })
    world.run(moment)
    world.send({ type: 'reload' })
    becomesWhole(world, 10_000)
    assert.deepEqual(generationsReady(world), [2, 2])
  }
})

test('a queued reload fills a slot that the failed rollout left empty, even if no worker is left at all', () => {
  const world = startedWorld({ workers: 1, policy: { surge: { count: 0 } } })
  world.behave(({ generation }) => (generation === 2 ? shortLived(40) : steady))
  world.send({ type: 'reload' })
  world.send({ type: 'reload' })
  becomesWhole(world, 10_000)
  assert.deepEqual(generationsReady(world), [3])
})

test('the replacement that a recycling has booting ends as soon as a reload begins', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'recycle', id: workerIn(world, 0).id, reason: 'max-requests' })
  world.run(50)
  world.send({ type: 'reload' })
  assert.deepEqual(
    ordered(world, 'drain').map(({ effect }) => effect.id),
    [3],
  )
})
