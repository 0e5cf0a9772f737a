import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, steady } from '../conduct.js'
import type { World } from '../world.js'
import { createWorld } from '../world.js'
import { ordered, startedWorld, told, workerIn } from './tale.js'

function nobodyIsBlamed(world: World): void {
  assert.equal(ordered(world, 'examine').length, 0)
  assert.equal(ordered(world, 'kill').length, 0)
  assert.equal(told(world, 'worker-exited').length, 0)
}

for (const timeout of [2_000, 30_000]) {
  test(`timeout ${timeout}: a group that stood still for an hour serves on with the same workers`, () => {
    const world = startedWorld({ workers: 4, policy: { timeout } })
    for (let moment = 0; moment < 1_000; moment += 90) {
      world.run(moment)
      world.suspend(3_600_000)
    }
    world.run(10_000)
    nobodyIsBlamed(world)
    assert.ok(told(world, 'suspended').length > 0)
  })
}

test('whichever event comes first after the pause, nobody is blamed', () => {
  const world = startedWorld({ workers: 3, policy: { timeout: 2_000 } })
  world.run(990)
  world.suspend(60_000)
  world.send({ type: 'beat', id: workerIn(world, 2).id })
  world.run(10_000)
  nobodyIsBlamed(world)
})

test('a worker that boots gets its whole boot timeout', () => {
  const world = createWorld({
    workers: 1,
    policy: { bootTimeout: 1_000 },
    conduct: () => ({ ...steady, loads: 800, readies: 900 }),
  })
  world.send({ type: 'start' })
  world.run(100)
  world.suspend(60_000)
  world.run(2_000)
  nobodyIsBlamed(world)
  assert.equal(workerIn(world, 0).state, 'ready')
})

test('a worker that drains gets its whole graceful timeout', () => {
  const world = startedWorld({
    workers: 2,
    policy: { gracefulTimeout: 5_000 },
    conduct: () => ({ ...steady, drains: 6_000 }),
  })
  world.send({ type: 'scale', target: 1 })
  world.run(100)
  world.suspend(60_000)
  world.run(10_000)
  assert.equal(ordered(world, 'kill').length, 0)
  assert.equal(told(world, 'worker-exited').length, 1)
})

test('a new worker does not prove itself while it stands still', () => {
  const world = startedWorld({ workers: 1, policy: { provingTime: 5_000 } })
  world.send({ type: 'reload' })
  world.run(200)
  world.suspend(60_000)
  world.run(2_000)
  assert.equal(ordered(world, 'drain').length, 0)
  world.run(5_000)
  assert.equal(ordered(world, 'drain').length, 1)
})

test('one worker that stands still alone is hung', () => {
  const world = startedWorld({ workers: 2, policy: { timeout: 5_000 } })
  const { id } = workerIn(world, 1)
  world.stick(id)
  world.run(10_000)
  assert.deepEqual(
    ordered(world, 'kill').map(({ effect }) => [effect.id, effect.reason]),
    [[id, 'hung']],
  )
})

test('who was silent before the pause is found out after it', () => {
  const world = startedWorld({
    workers: 1,
    policy: { timeout: 5_000 },
    conduct: () => ({ ...steady, beats: never }),
  })
  world.run(1_000)
  world.suspend(60_000)
  world.run(4_000)
  assert.equal(ordered(world, 'examine').length, 1)
})
