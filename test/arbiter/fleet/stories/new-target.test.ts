import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, steady } from '../conduct.js'
import { becomesWhole, generationsReady, startedWorld, told } from './tale.js'

test('a reload that brings more slots fills them when the new generation is proven', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload', target: 4 })
  world.until(() => told(world, 'reload-done').length === 1, 60_000)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2, 2])
  assert.deepEqual(
    told(world, 'all-ready').map(({ workers }) => workers),
    [2, 4],
  )
})

test('a reload that brings fewer slots replaces only the workers that are to stay', () => {
  const world = startedWorld({ workers: 4 })
  world.send({ type: 'reload', target: 2 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2])
  const spawned = world.trace().filter(({ effect }) => effect.type === 'spawn')
  assert.equal(spawned.length, 4 + 2)
})

test('a reload that fails leaves the number of slots as it was', () => {
  for (const target of [1, 5]) {
    const world = startedWorld({ workers: 3 })
    world.behave(({ generation }) => (generation === 2 ? broken : steady))
    world.send({ type: 'reload', target })
    becomesWhole(world)
    assert.deepEqual(generationsReady(world), [1, 1, 1])
    assert.deepEqual(told(world, 'scaled'), [])
  }
})

test('whoever scales during the rollout has the last word', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload', target: 5 })
  world.send({ type: 'scale', target: 3 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
})

test('of reloads that wait for a rollout the latest number of slots counts', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload' })
  world.send({ type: 'reload', target: 5 })
  world.send({ type: 'reload', target: 3 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [3, 3, 3])
})
