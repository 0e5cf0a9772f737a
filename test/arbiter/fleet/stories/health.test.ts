import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHealthy, isUnderWay } from '../../../../src/arbiter/fleet/health.js'
import { broken, characters, shortLived, steady, stuckBooting } from '../conduct.js'
import { createWorld, type World } from '../world.js'
import { startedWorld, workerIn } from './tale.js'

const healthy = (world: World) => isHealthy(world.fleet(), world.now())
const underWay = (world: World) => isUnderWay(world.fleet())

test('a fleet is healthy while anybody serves, and while it starts or stops', () => {
  const world = createWorld({ workers: 2, conduct: () => characters.slow })
  world.send({ type: 'start' })
  assert.ok(healthy(world))
  world.run(10_000)
  world.behave(() => shortLived(150))
  world.crash(workerIn(world, 0).id)
  world.run(600_000)
  assert.ok(healthy(world), 'the worker in slot 1 serves')
  world.send({ type: 'stop', quick: false })
  assert.ok(healthy(world))
})

test('it is not when nobody has served for the longest rest and a boot timeout', () => {
  const world = startedWorld({ workers: 2, policy: { bootTimeout: 10_000 } })
  world.behave(() => broken)
  for (const slot of [0, 1]) world.crash(workerIn(world, slot).id)
  world.run(40_000)
  assert.ok(healthy(world))
  world.run(1_000)
  assert.ok(!healthy(world))
  world.behave(() => steady)
  assert.ok(
    world.until(() => healthy(world), 60_000),
    'the app boots again',
  )
})

test('a boot without limit is waited for', () => {
  const world = startedWorld({ workers: 1, policy: { bootTimeout: 0 } })
  world.behave(() => stuckBooting)
  world.crash(workerIn(world, 0).id)
  world.run(3_600_000)
  assert.ok(healthy(world))
})

test('the time in which the arbiter stood still does not count', () => {
  const world = startedWorld({ workers: 1 })
  world.behave(() => broken)
  world.crash(workerIn(world, 0).id)
  world.suspend(3_600_000)
  world.run(1_000)
  assert.ok(healthy(world))
  world.run(100_000)
  assert.ok(!healthy(world))
})

test('a start, a rollout and a stop are under way until they are over', () => {
  const world = createWorld({ workers: 3, conduct: () => ({ ...steady, drains: 3_000 }) })
  world.send({ type: 'start' })
  assert.ok(underWay(world))
  world.run(10_000)
  assert.ok(!underWay(world))
  world.send({ type: 'reload' })
  assert.ok(underWay(world))
  world.run(60_000)
  assert.ok(!underWay(world))
  world.send({ type: 'stop', quick: false })
  world.run(2_000)
  assert.ok(underWay(world))
})

test('a start that has lost a worker gets no more time', () => {
  const world = createWorld({
    workers: 2,
    conduct: ({ slot }) => (slot === 1 ? shortLived(90) : steady),
  })
  world.send({ type: 'start' })
  assert.ok(world.until(() => world.fleet().slots.get(1)?.failures === 1, 10_000))
  assert.ok(!underWay(world))
})

test('a stop that waits for a worker that SIGKILL does not end gets no more time', () => {
  const world = startedWorld({
    workers: 1,
    policy: { gracefulTimeout: 1_000 },
    conduct: () => characters.obeysKillAlone,
  })
  world.send({ type: 'stop', quick: false })
  const killed = () => world.workers().every(({ state }) => state === 'killed')
  assert.ok(world.until(killed, 60_000))
  assert.equal(world.workers().length, 1)
  assert.ok(!underWay(world))
})
