import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, steady } from '../conduct.js'
import { becomesWhole, ending, ordered, startedWorld, told } from './tale.js'

const stubborn = () => ({ ...steady, drains: never, quits: never })
const policy = { gracefulTimeout: 5_000 }

test('a worker that does not leave is killed past the graceful timeout, and that is said', () => {
  const world = startedWorld({ workers: 2, policy, conduct: stubborn })
  const began = world.now()
  world.send({ type: 'scale', target: 1 })
  world.run(20_000)
  assert.deepEqual(
    ordered(world, 'kill').map(({ at, effect }) => [at - began, effect.reason]),
    [[7_000, 'scale']],
  )
  assert.equal(told(world, 'drain-timeout').length, 1)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason }) => reason),
    ['scale'],
  )
})

test('a rollout does not wait for those who drain', () => {
  const world = startedWorld({ workers: 3, policy: { gracefulTimeout: 60_000 }, conduct: stubborn })
  world.send({ type: 'reload' })
  assert.ok(world.until(() => told(world, 'reload-done').length > 0, 3_000))
  assert.equal(world.workers().filter(({ state }) => state === 'draining').length, 3)
  becomesWhole(world)
})

test('the final stop ends with exit code 0 also when it had to kill', () => {
  const world = startedWorld({ workers: 2, policy, conduct: stubborn })
  world.send({ type: 'stop', quick: false })
  assert.deepEqual(ending(world), { code: 0, took: 7_005 })
})

test('a worker that does not obey a quick stop is killed after 2 s', () => {
  const world = startedWorld({ workers: 2, policy, conduct: stubborn })
  world.send({ type: 'stop', quick: true })
  assert.deepEqual(ending(world), { code: 0, took: 2_005 })
  assert.ok(ordered(world, 'kill').every(({ effect }) => effect.reason === 'stop'))
})

test('with graceful timeout 0 a worker still has a moment to end by itself', () => {
  const world = startedWorld({ workers: 2, policy: { gracefulTimeout: 0 } })
  world.send({ type: 'scale', target: 1 })
  world.run(1_000)
  assert.equal(ordered(world, 'kill').length, 0)
  assert.equal(world.workers().length, 1)
})

test('a worker that still boots and does not obey is killed after 2 s, for the reason it was told to end', () => {
  const world = startedWorld({ workers: 1, policy })
  world.behave(() => ({ ...stubborn(), loads: never, readies: never }))
  world.send({ type: 'scale', target: 2 })
  world.run(100)
  world.send({ type: 'scale', target: 1 })
  const since = world.now()
  world.run(5_000)
  assert.deepEqual(
    ordered(world, 'kill').map(({ at, effect }) => [at - since, effect.reason]),
    [[2_000, 'scale']],
  )
})
