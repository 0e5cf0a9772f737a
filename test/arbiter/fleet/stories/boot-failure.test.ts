import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, heardLate, never, obeysKillAlone, shortLived, steady, stuckBooting } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, ordered, startedWorld, told, workerIn } from './tale.js'

for (const workers of [1, 2, 4, 16]) {
  test(`-w ${workers}: an app that fails to boot ends nworkers with the failure's exit code, said once`, () => {
    const failure = { code: 'NWORKERS_E_SPECIFIER', exitCode: 4, message: 'There is no such module.' }
    const world = createWorld({ workers, conduct: () => ({ ...broken, failure }) })
    world.send({ type: 'start' })
    assert.equal(ending(world).code, 4)
    assert.equal(told(world, 'boot-failed').length, 1)
    assert.equal(ordered(world, 'spawn').length, 1)
  })

  test(`-w ${workers}: a worker that dies before it is ready ends nworkers with exit code 3`, () => {
    const world = createWorld({ workers, conduct: () => shortLived(40) })
    world.send({ type: 'start' })
    assert.equal(ending(world).code, 3)
    assert.deepEqual(
      told(world, 'worker-exited').map(({ reason }) => reason),
      ['boot-failure'],
    )
  })
}

test('a worker that is not ready within the boot timeout is asked to leave, and its start ends with exit code 3', () => {
  const world = createWorld({ workers: 4, policy: { bootTimeout: 60_000 }, conduct: () => stuckBooting })
  world.send({ type: 'start' })
  assert.deepEqual(ending(world), { code: 3, took: 60_010 })
  assert.deepEqual(
    ordered(world, 'drain').map(({ at }) => at),
    [60_000],
  )
  assert.equal(told(world, 'boot-timeout').length, 1)
})

test('one that is stuck at the boot timeout is killed two seconds later', () => {
  const stuck = { ...obeysKillAlone, loads: never, readies: never }
  const world = createWorld({ workers: 1, policy: { bootTimeout: 60_000 }, conduct: () => stuck })
  world.send({ type: 'start' })
  assert.deepEqual(ending(world), { code: 3, took: 62_005 })
  assert.deepEqual(
    ordered(world, 'kill').map(({ at, effect }) => [at, effect.reason]),
    [[62_000, 'boot-timeout']],
  )
})

test('one that serves at the boot timeout and was not heard yet finishes what it has', () => {
  const world = startedWorld({ workers: 1, policy: { bootTimeout: heardLate.readies - 10 } })
  world.behave(() => heardLate)
  world.send({ type: 'scale', target: 2 })
  world.run(heardLate.readies + 10)
  assert.equal(told(world, 'boot-timeout').length, 1)
  assert.equal(ordered(world, 'kill').length, 0)
  world.behave(() => steady)
  world.run(heardLate.drains)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason }) => reason),
    ['boot-timeout'],
  )
  assert.equal(ordered(world, 'kill').length, 0)
  becomesWhole(world)
})

test('without a boot timeout a worker may take its time', () => {
  const slow = { ...steady, loads: 1_000_000, readies: 1_000_000 }
  const world = createWorld({ workers: 1, policy: { bootTimeout: 0 }, conduct: () => slow })
  world.send({ type: 'start' })
  world.run(1_000_001)
  assert.equal(workerIn(world, 0).state, 'ready')
})

test('while nothing was ever ready, the failure of any slot decides and the others are told to end', () => {
  const failure = { code: 'NWORKERS_E_ADDRESS_IN_USE', exitCode: 1, message: 'The port is in use.' }
  const world = createWorld({
    workers: 3,
    conduct: ({ slot }) => (slot === 1 ? { ...broken, failure } : { ...steady, readies: 5_000 }),
  })
  world.send({ type: 'start' })
  assert.equal(ending(world).code, 1)
  assert.equal(ordered(world, 'quit').length, 3)
  assert.equal(ordered(world, 'kill').length, 0)
})

test('once a worker was ready, a failure to boot ends nothing: its slot rests and tries again', () => {
  const world = createWorld({ workers: 2, conduct: ({ slot }) => (slot === 1 ? broken : steady) })
  world.send({ type: 'start' })
  world.run(20_000)
  assert.equal(world.exitCode(), undefined)
  assert.equal(workerIn(world, 0).state, 'ready')
  assert.ok(told(world, 'boot-failed').length > 3)
  assert.ok(told(world, 'boot-failed').every(({ worker }) => worker.slot === 1))
})

test('a failure to boot after the final stop began changes its exit code no more', () => {
  const world = createWorld({ workers: 1, conduct: () => broken })
  world.send({ type: 'start' })
  world.run(50)
  world.send({ type: 'stop', quick: false })
  world.send({ type: 'failed', id: 1, failure: broken.failure })
  assert.equal(ending(world).code, 0)
  assert.deepEqual(told(world, 'stopping'), [{ type: 'stopping', quick: false }])
})

test('a boot timeout after everything was ready ends the one worker and says why', () => {
  const world = startedWorld({ workers: 2 })
  world.behave(() => stuckBooting)
  world.crash(workerIn(world, 1).id)
  world.run(70_000)
  assert.equal(world.exitCode(), undefined)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason }) => reason),
    ['crash', 'boot-timeout'],
  )
})
