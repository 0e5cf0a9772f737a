import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostSought } from '../../../../src/arbiter/fleet/address.js'
import { needy, needyLater, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, ordered, startedWorld, told, workerIn } from './tale.js'

/** A script whose first worker meets an address that is not held. */
const script = ({ id }: { id: number }) => (id === 1 ? needy : steady)

test('a script that listens at an address of its own: it is bound once, and all workers boot with it', () => {
  const world = createWorld({ workers: 3, conduct: script })
  world.send({ type: 'start' })
  becomesWhole(world)
  assert.deepEqual(
    ordered(world, 'hold-address').map(({ effect }) => effect.wanted.address),
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
    refusal: 1,
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
  assert.equal(ordered(world, 'hold-address').length, mostSought)
  assert.equal(told(world, 'boot-failed').length, 1)
})

test('a release that listens elsewhere fails its reload, and the old workers stay where their clients are', () => {
  const world = startedWorld({ workers: 2 })
  world.behave(() => needy)
  world.send({ type: 'reload' })
  world.run(5_000)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.equal(ordered(world, 'hold-address').length, 0)
  becomesWhole(world)
  assert.equal(workerIn(world, 0).generation, 1)
})

test('a stop while the address is being bound ends at once', () => {
  const world = createWorld({ workers: 2, conduct: script })
  world.send({ type: 'start' })
  world.run(62)
  assert.equal(world.fleet().seeker?.id, 1)
  world.send({ type: 'stop', quick: false })
  assert.equal(ending(world).code, 0)
  assert.equal(ordered(world, 'spawn').length, 1)
})

/** A further server that listens while its worker boots. */
const needyMore = { ...needy, wanted: needyLater.wanted }

test('further servers of an app: each address is bound once, before anything serves', () => {
  const world = createWorld({
    workers: 2,
    conduct: ({ id }) => [needy, needyMore][id - 1] ?? steady,
  })
  world.send({ type: 'start' })
  becomesWhole(world)
  assert.deepEqual(
    ordered(world, 'hold-address').map(({ effect }) => effect.wanted.how),
    ['first', 'further'],
  )
  assert.equal(told(world, 'boot-failed').length, 0)
})

test('a release with one more server: its address is bound, and the reload goes on', () => {
  const world = startedWorld({ workers: 2 })
  let isFirst = true
  world.behave(() => {
    const conduct = isFirst ? needyMore : steady
    isFirst = false
    return conduct
  })
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.equal(told(world, 'reload-done').length, 1)
  assert.equal(ordered(world, 'hold-address').length, 1)
})

test('a release whose further address is not to be had fails its reload, and its slot rests after it', () => {
  const world = startedWorld({ workers: 2, refusal: 1 })
  world.behave(() => needyMore)
  world.send({ type: 'reload' })
  world.behave(({ generation }) => (generation === 1 ? steady : needyMore))
  becomesWhole(world)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.equal(world.exitCode(), undefined)
  assert.equal(workerIn(world, 0).generation, 1)
})

test('a server that listens when its worker serves already: that one serves on until its successor has the address', () => {
  const world = createWorld({
    workers: 2,
    conduct: ({ id }) => (id === 1 ? needyLater : steady),
  })
  world.send({ type: 'start' })
  becomesWhole(world, 1_000)
  const former = workerIn(world, 0)
  assert.ok(world.until(() => ordered(world, 'hold-address').length === 1, 5_000))
  assert.ok(world.until(() => ordered(world, 'drain').length === 1, 5_000))
  becomesWhole(world)
  assert.notEqual(workerIn(world, 0).id, former.id)
  assert.equal(told(world, 'boot-failed').length, 0)
  const [drain] = ordered(world, 'drain')
  const [, , spawn] = ordered(world, 'spawn')
  assert.ok(drain && spawn && drain.at > spawn.at + steady.readies)
})
