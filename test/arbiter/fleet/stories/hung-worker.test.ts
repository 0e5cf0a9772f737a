import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, steady } from '../conduct.js'
import { becomesWhole, ordered, startedWorld, told, workerIn } from './tale.js'

const policy = { timeout: 5_000 }

test('a silent worker is examined, then killed; its slot is filled without waiting for either', () => {
  const world = startedWorld({ workers: 2, policy, conduct: () => ({ ...steady, examined: 700 }) })
  world.run(10_000)
  const { id, beatAt } = workerIn(world, 1)
  world.stick(id)
  world.run(8_000)
  assert.deepEqual(
    ordered(world, 'examine').map(({ at, effect }) => [at, effect.id]),
    [[beatAt + 5_000, id]],
  )
  assert.deepEqual(
    ordered(world, 'kill').map(({ at, effect }) => [at, effect.id, effect.reason]),
    [[beatAt + 5_700, id, 'hung']],
  )
  assert.deepEqual(
    ordered(world, 'spawn', beatAt + 1_000).map(({ at, effect }) => [at, effect.slot]),
    [[beatAt + 5_000, 1]],
  )
  assert.deepEqual(
    told(world, 'worker-hung').map(({ worker, silence }) => [worker.slot, silence]),
    [[1, 5_000]],
  )
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason }) => reason),
    ['hung'],
  )
})

test('a worker whose stack cannot be had is killed after 3 s', () => {
  const world = startedWorld({ workers: 1, policy, conduct: () => ({ ...steady, examined: never }) })
  const { id, beatAt } = workerIn(world, 0)
  world.stick(id)
  world.run(20_000)
  assert.deepEqual(
    ordered(world, 'kill').map(({ at }) => at),
    [beatAt + 8_000],
  )
  becomesWhole(world)
})

test('with timeout 0 nobody is ever hung', () => {
  const world = startedWorld({ workers: 1, policy: { timeout: 0 } })
  world.stick(workerIn(world, 0).id)
  world.run(1_000_000)
  assert.equal(ordered(world, 'examine').length, 0)
})

test('a worker that beats is not hung, however long it serves', () => {
  const world = startedWorld({ workers: 3, policy })
  world.run(1_000_000)
  assert.equal(ordered(world, 'examine').length, 0)
})

test('a worker that hangs while it drains is examined too, and gets no time beyond its deadline', () => {
  const world = startedWorld({
    workers: 2,
    policy: { timeout: 5_000, gracefulTimeout: 5_000 },
    conduct: () => ({ ...steady, examined: never }),
  })
  const { id } = workerIn(world, 1)
  world.stick(id)
  const drained = world.now()
  world.send({ type: 'scale', target: 1 })
  world.run(20_000)
  assert.equal(ordered(world, 'examine').length, 1)
  assert.deepEqual(
    ordered(world, 'kill').map(({ at, effect }) => [at - drained, effect.reason]),
    [[7_000, 'hung']],
  )
})

test('a worker that hangs while it is still young makes its slot rest', () => {
  const world = startedWorld({ workers: 1, policy: { timeout: 2_000 } })
  world.behave(() => ({ ...steady, beats: never }))
  world.crash(workerIn(world, 0).id)
  world.run(3_000)
  assert.equal(world.fleet().slots.get(0)?.failures, 2)
})
