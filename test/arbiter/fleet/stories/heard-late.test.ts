import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, heardLate, obeysKillAlone } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, generationsReady, ordered, startedWorld, told } from './tale.js'

/** A time at which a worker that is heard late serves, and the arbiter does not know it yet. */
const serving = heardLate.readies - heardLate.unheard / 2

function exits(world: ReturnType<typeof startedWorld>): string[] {
  return told(world, 'worker-exited').map(({ worker, reason }) => `${worker.id} ${reason}`)
}

test('TTOU when a worker has just begun to serve: what it has accepted is answered', () => {
  const world = startedWorld({ workers: 1 })
  world.behave(() => heardLate)
  world.send({ type: 'scale', target: 2 })
  world.run(serving)
  world.send({ type: 'scale', target: 1 })
  const since = world.now()
  world.run(heardLate.drains + 10)
  assert.deepEqual(exits(world), ['2 scale'])
  assert.equal(ordered(world, 'quit', since).length, 0)
  assert.equal(ordered(world, 'kill', since).length, 0)
})

test('a rollout fails when another worker of it has just begun to serve: that one drains', () => {
  const world = startedWorld({ workers: 2, policy: { surge: { count: 2 } } })
  world.behave(({ slot }) => (slot === 0 ? { ...broken, fails: serving } : heardLate))
  world.send({ type: 'reload' })
  world.run(serving + heardLate.drains + 10)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.deepEqual(exits(world), ['3 boot-failure', '4 reload'])
  assert.equal(ordered(world, 'kill').length, 0)
  assert.deepEqual(generationsReady(world), [1, 1])
})

test('TERM when a worker has just begun to serve: it takes part in the final drain', () => {
  const world = startedWorld({ workers: 1 })
  world.behave(() => heardLate)
  world.send({ type: 'scale', target: 2 })
  world.run(serving)
  world.send({ type: 'stop', quick: false })
  const orders = ordered(world, 'drain').map(({ effect }) => [effect.id, effect.last])
  assert.deepEqual(orders, [
    [1, true],
    [2, true],
  ])
  const { code, took } = ending(world)
  assert.equal(code, 0)
  assert.equal(took, heardLate.drains)
})

test('a quick stop before or after it is heard ends it at once', () => {
  for (const wait of [10, heardLate.unheard]) {
    const world = startedWorld({ workers: 1 })
    world.behave(() => heardLate)
    world.send({ type: 'scale', target: 2 })
    world.run(serving)
    world.send({ type: 'scale', target: 1 })
    world.run(wait)
    world.send({ type: 'stop', quick: true })
    assert.ok(ending(world).took < 2_000)
  }
})

test('in a quick stop one that is heard late and heeds nothing is killed two seconds after the stop began', () => {
  const world = createWorld({ workers: 1, conduct: () => obeysKillAlone })
  world.send({ type: 'start' })
  world.run(10)
  // Nothing was ever ready: the whole start has failed.
  world.send({ type: 'leaving', id: 1, reason: 'crash' })
  const { code, took } = ending(world)
  assert.equal(code, 3)
  assert.equal(told(world, 'worker-exited')[0]?.worker.readyAt, obeysKillAlone.readies)
  assert.equal(took, 2_005)
})

test('one that never heeds the order is killed at the graceful timeout', () => {
  const world = startedWorld({ workers: 1, policy: { gracefulTimeout: 10_000 } })
  world.behave(() => ({ ...obeysKillAlone, readies: 200, unheard: 80 }))
  world.send({ type: 'scale', target: 2 })
  world.run(serving)
  world.send({ type: 'scale', target: 1 })
  world.run(10_000)
  assert.equal(ordered(world, 'kill').length, 0)
  becomesWhole(world, 3_000)
  assert.equal(ordered(world, 'kill').length, 1)
})
