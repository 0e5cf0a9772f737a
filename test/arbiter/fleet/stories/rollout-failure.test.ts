import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, type Conduct, never, shortLived, steady, stuckBooting } from '../conduct.js'
import type { Spawn } from '../world.js'
import { becomesWhole, generationsReady, ordered, readyCount, startedWorld, told, workerIn } from './tale.js'

/** Generation 2 is bad from its worker in this slot on, whatever is spawned then is good again. */
function badInSlot(slot: number, bad: Conduct): (spawn: Spawn) => Conduct {
  return (spawn) => (spawn.generation === 2 && spawn.slot === slot ? bad : steady)
}

test('when the first new worker fails to boot, the old generation stays and nobody of it leaves', () => {
  const world = startedWorld({ workers: 4 })
  world.behave(() => broken)
  world.send({ type: 'reload' })
  world.run(60_000)
  assert.deepEqual(generationsReady(world), [1, 1, 1, 1])
  assert.deepEqual(
    world.workers().map(({ id }) => id),
    [1, 2, 3, 4],
  )
  assert.deepEqual(told(world, 'reload-failed'), [
    {
      type: 'reload-failed',
      generation: 2,
      stays: 1,
      reason: 'boot-failure, The app threw while loading.',
      worker: 5,
    },
  ])
  assert.equal(ordered(world, 'drain').length, 0)
  assert.equal(told(world, 'boot-failed').length, 1)
})

for (const [how, bad] of [
  ['says that it cannot boot', broken],
  ['dies while booting', shortLived(40)],
  ['is not ready in time', stuckBooting],
  ['dies while it proves itself', shortLived(300)],
] as const) {
  test(`the worker of slot 2 of 4 ${how}: slots 0 and 1 go back, without a moment below the target`, () => {
    const world = startedWorld({ workers: 4, policy: { bootTimeout: 5_000, provingTime: 500 } })
    world.behave(badInSlot(2, bad))
    world.send({ type: 'reload' })
    let fewest = 4
    const isOver = () => {
      fewest = Math.min(fewest, readyCount(world))
      return told(world, 'reload-failed').length > 0 && generationsReady(world).every((one) => one === 1)
    }
    assert.ok(world.until(isOver, 60_000))
    becomesWhole(world)
    assert.equal(fewest, 4)
    assert.deepEqual(generationsReady(world), [1, 1, 1, 1])
    // Slots 2 and 3 kept the workers they had.
    assert.deepEqual([workerIn(world, 2).id, workerIn(world, 3).id], [3, 4])
    assert.equal(told(world, 'reload-done').length, 0)
    assert.equal(told(world, 'reload-failed').length, 1)
  })
}

test('a new worker that hangs while it proves itself fails the rollout', () => {
  const world = startedWorld({ workers: 2, policy: { timeout: 2_000, provingTime: 5_000 } })
  world.behave(badInSlot(0, { ...steady, beats: never }))
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1, 1])
  assert.match(told(world, 'reload-failed')[0]?.reason ?? '', /^hung/)
})

test('a new worker that was signalled while it proves itself fails the rollout', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload' })
  world.run(200)
  world.send({ type: 'leaving', id: 3, reason: 'request' })
  assert.equal(told(world, 'reload-failed')[0]?.reason, 'request, it was signalled')
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1, 1])
})

test('a new worker that dies after it has proved itself is replaced, and the rollout goes on', () => {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'reload' })
  world.run(1_000)
  world.crash(workerIn(world, 0).id)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
  assert.equal(told(world, 'reload-failed').length, 0)
})

test('the other workers of a failed rollout that still boot are asked to leave', () => {
  const world = startedWorld({ workers: 4, policy: { surge: { count: 4 } } })
  world.behave(({ slot }) => (slot === 1 ? broken : { ...steady, loads: 5_000, readies: 9_000 }))
  world.send({ type: 'reload' })
  world.run(1_000)
  assert.deepEqual(
    ordered(world, 'drain').map(({ effect }) => effect.id),
    [5, 7, 8],
  )
  assert.deepEqual(generationsReady(world), [1, 1, 1, 1])
})

test('fixed and reloaded again, the third generation serves', () => {
  const world = startedWorld({ workers: 4 })
  world.behave(badInSlot(2, broken))
  world.send({ type: 'reload' })
  becomesWhole(world)
  world.behave(() => steady)
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [3, 3, 3, 3])
  assert.deepEqual(
    told(world, 'reload-done').map(({ generation }) => generation),
    [3],
  )
})

test('reloaded again while it still goes back, the third generation serves as well', () => {
  const world = startedWorld({ workers: 4 })
  world.behave(badInSlot(3, broken))
  world.send({ type: 'reload' })
  assert.ok(world.until(() => told(world, 'reload-failed').length > 0, 60_000))
  world.run(50)
  world.behave(() => steady)
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [3, 3, 3, 3])
})

for (const [exit, reason] of [
  [{ code: 7 }, 'crash, exit code 7'],
  [{ signal: 'SIGKILL' }, 'killed, signal SIGKILL'],
] as const) {
  test(`the verdict tells how the new worker died: ${reason}`, () => {
    const world = startedWorld({ workers: 2 })
    world.send({ type: 'reload' })
    world.run(200)
    world.crash(3, exit)
    assert.deepEqual(
      told(world, 'reload-failed').map((notice) => [notice.reason, notice.worker]),
      [[reason, 3]],
    )
  })
}

test('the verdict tells of an error that nobody caught', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload' })
  world.run(200)
  world.send({ type: 'leaving', id: 3, reason: 'crash' })
  assert.equal(told(world, 'reload-failed')[0]?.reason, 'crash, an error nobody caught')
})

test('a new worker that boots alone in its slot ends with its generation, and the old one fills the slot', () => {
  const world = startedWorld({ workers: 2 })
  world.run(10_000)
  world.behave(({ slot }) => (slot === 0 ? broken : { ...steady, loads: 5_000, readies: 9_000 }))
  world.send({ type: 'reload' })
  world.crash(2)
  assert.equal(workerIn(world, 1).generation, 2)
  world.behave(() => steady)
  world.run(100)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.equal(workerIn(world, 1).generation, 1)
  becomesWhole(world)
})
