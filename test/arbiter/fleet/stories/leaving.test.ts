import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, ordered, startedWorld, told, workerIn } from './tale.js'

test('a worker that was signalled drains by itself, and its slot is filled at once', () => {
  const world = startedWorld({ workers: 2 })
  world.run(10_000)
  const { id } = workerIn(world, 1)
  world.send({ type: 'leaving', id, reason: 'request' })
  assert.equal(workerIn(world, 1).state, 'starting')
  assert.equal(ordered(world, 'drain').length, 0)
  world.run(3_000)
  world.crash(id, { code: 0 })
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason, failures }) => [reason, failures]),
    [['request', 0]],
  )
  becomesWhole(world)
})

test('a worker whose app failed drains what it can, and its slot is filled at once', () => {
  const world = startedWorld({ workers: 2 })
  world.run(10_000)
  const { id } = workerIn(world, 0)
  world.send({ type: 'leaving', id, reason: 'crash' })
  assert.equal(workerIn(world, 0).state, 'starting')
  world.crash(id)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason }) => reason),
    ['crash'],
  )
})

for (const reason of ['request', 'crash'] as const) {
  test(`a worker that leaves young for ${reason} makes its slot rest`, () => {
    const world = startedWorld({ workers: 1 })
    const left = world.now()
    world.send({ type: 'leaving', id: workerIn(world, 0).id, reason })
    world.run(1_000)
    assert.deepEqual(
      ordered(world, 'spawn', left).map(({ at }) => at - left),
      [250],
    )
  })

  test(`a worker that leaves for ${reason} and does not end is killed past the graceful timeout`, () => {
    const world = startedWorld({ workers: 1, policy: { gracefulTimeout: 4_000 } })
    const left = world.now()
    world.send({ type: 'leaving', id: workerIn(world, 0).id, reason })
    world.run(10_000)
    assert.deepEqual(
      ordered(world, 'kill').map(({ at, effect }) => [at - left, effect.reason]),
      [[6_000, reason]],
    )
  })

  test(`a worker that leaves for ${reason} while it boots ends the first start with exit code 3`, () => {
    const world = createWorld({ workers: 2, conduct: () => ({ ...steady, loads: never, readies: never }) })
    world.send({ type: 'start' })
    world.run(40_000)
    world.send({ type: 'leaving', id: 1, reason })
    assert.equal(ending(world).code, 3)
    assert.equal(ordered(world, 'examine').length, 0)
  })
}

test('a worker that said it leaves and then dies counts once', () => {
  const world = startedWorld({ workers: 1 })
  const { id } = workerIn(world, 0)
  world.send({ type: 'leaving', id, reason: 'crash' })
  world.send({ type: 'leaving', id, reason: 'request' })
  world.crash(id)
  assert.equal(world.fleet().slots.get(0)?.failures, 1)
  assert.equal(world.fleet().slots.get(0)?.restarts, 1)
})
