import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHealthy } from '../../../../src/arbiter/fleet/health.js'
import { steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, generationsReady, ordered, startedWorld, told } from './tale.js'

/** A world of three workers in which WINCH came and everybody has left. */
function pausedWorld() {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'pause' })
  becomesWhole(world)
  assert.equal(world.workers().length, 0)
  return world
}

test('WINCH has every worker finish and leave, and the sockets stay', () => {
  const world = pausedWorld()
  assert.deepEqual(
    ordered(world, 'drain').map(({ effect }) => [effect.id, effect.last]),
    [
      [1, false],
      [2, false],
      [3, false],
    ],
  )
  assert.equal(ordered(world, 'release-listeners').length, 0)
  assert.deepEqual(
    told(world, 'scaled').map(({ from, to, reason }) => [from, to, reason]),
    [[3, 0, 'request']],
  )
  assert.equal(told(world, 'all-ready').length, 1)
  const spawned = ordered(world, 'spawn').length
  world.run(1_000_000)
  assert.equal(ordered(world, 'spawn').length, spawned)
  assert.equal(world.exitCode(), undefined)
})

test('HUP brings as many back as there were, of a new generation', () => {
  const world = pausedWorld()
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
  assert.equal(world.fleet().paused, undefined)
})

test('HUP with another number of workers brings that number', () => {
  const world = pausedWorld()
  world.send({ type: 'reload', target: 2 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2])
})

test('TTIN brings one, TTOU none; a second WINCH changes nothing', () => {
  const world = pausedWorld()
  world.send({ type: 'scale', target: world.fleet().target - 1 })
  world.send({ type: 'pause' })
  world.run(1_000)
  assert.equal(world.workers().length, 0)
  world.send({ type: 'scale', target: world.fleet().target + 1 })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1])
  world.send({ type: 'scale', target: 0 })
  world.run(1_000)
  assert.equal(world.fleet().target, 1)
})

test('a rollout is given up: nobody is left in whom it could prove itself', () => {
  const world = startedWorld({ workers: 2 })
  world.behave(() => ({ ...steady, readies: 5_000, loads: 4_000 }))
  world.send({ type: 'reload' })
  world.send({ type: 'reload' })
  world.run(1_000)
  world.send({ type: 'pause' })
  becomesWhole(world)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.equal(told(world, 'reload-done').length, 0)
  assert.equal(world.fleet().generation, 1)
})

test('before anybody was ready WINCH means nothing', () => {
  const world = createWorld({ workers: 2 })
  world.send({ type: 'start' })
  world.send({ type: 'pause' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1, 1])
  assert.equal(told(world, 'scaled').length, 0)
})

test('systemd is given signs of life in a pause, and after it the time to boot', () => {
  const world = pausedWorld()
  world.run(1_000_000)
  assert.ok(isHealthy(world.fleet(), world.now()))
  world.send({ type: 'scale', target: 1 })
  assert.ok(isHealthy(world.fleet(), world.now()))
})

test('TERM ends it', () => {
  const world = pausedWorld()
  world.send({ type: 'stop', quick: false })
  assert.deepEqual(ending(world), { code: 0, took: 0 })
})
