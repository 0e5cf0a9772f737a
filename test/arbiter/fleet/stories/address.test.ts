import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needy, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, ordered, startedWorld, told, workerIn } from './tale.js'

/** A script whose first worker meets an address that is not held. */
const script = ({ id }: { id: number }) => (id === 1 ? needy : steady)

test('a script that listens at an address of its own: it is bound once, and all workers boot with it', () => {
  const world = createWorld({ workers: 3, conduct: script })
  world.send({ type: 'start' })
  becomesWhole(world)
  assert.deepEqual(
    ordered(world, 'move-address').map(({ effect }) => effect.address),
    ['[::]:3000'],
  )
  const spawns = ordered(world, 'spawn').map(({ at, effect }) => [at, effect.slot])
  assert.deepEqual(spawns.slice(0, 2), [
    [0, 0],
    [65, 0],
  ])
  assert.equal(spawns.length, 4)
  assert.equal(told(world, 'boot-failed').length, 0)
  assert.deepEqual(world.fleet().slots.get(0)?.failures ?? 0, 0)
})

test('an address that is in use ends the start with the exit code of the binding', () => {
  const world = createWorld({
    workers: 2,
    conduct: script,
    binding: () => ({ type: 'address-refused', exitCode: 1 }),
  })
  world.send({ type: 'start' })
  assert.equal(ending(world).code, 1)
  assert.equal(ordered(world, 'spawn').length, 1)
})

test('an app that wants another address each time ends the start, instead of going round in circles', () => {
  const failure = { code: 'NWORKERS_E_BOOT', exitCode: 3, message: 'It listens at a third address.' }
  const world = createWorld({ workers: 2, conduct: () => ({ ...needy, failure }) })
  world.send({ type: 'start' })
  assert.equal(ending(world).code, 3)
  assert.equal(ordered(world, 'move-address').length, 1)
  assert.equal(told(world, 'boot-failed').length, 1)
})

test('a release that listens elsewhere fails its reload, and the old workers stay where their clients are', () => {
  const world = startedWorld({ workers: 2 })
  world.behave(() => needy)
  world.send({ type: 'reload' })
  world.run(5_000)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.equal(ordered(world, 'move-address').length, 0)
  becomesWhole(world)
  assert.equal(workerIn(world, 0).generation, 1)
})

test('a stop while the address is being bound ends at once', () => {
  const world = createWorld({ workers: 2, conduct: script })
  world.send({ type: 'start' })
  world.run(62)
  assert.equal(world.fleet().address, 'wanted')
  world.send({ type: 'stop', quick: false })
  assert.equal(ending(world).code, 0)
  assert.equal(ordered(world, 'spawn').length, 1)
})
