import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, shortLived, steady } from '../conduct.js'
import type { World } from '../world.js'
import { becomesWhole, generationsReady, ordered, startedWorld, told, workerIn } from './tale.js'

const policy = { surge: { count: 0 }, provingTime: 500 }

/** The most processes that one slot ever had at once, until the fleet is whole. */
function mostInASlot(world: World): number {
  let most = 0
  assert.ok(
    world.until(() => {
      for (const { slot } of world.workers()) {
        most = Math.max(most, world.workers().filter((worker) => worker.slot === slot).length)
      }
      return world.workers().every(({ state }) => state === 'ready') && !world.fleet().rollout
    }, 60_000),
  )
  return most
}

for (const surge of [{ count: 0 }, { percent: 0 }]) {
  test(`surge ${JSON.stringify(surge)}: a slot's worker has gone before the next one boots, one slot at a time`, () => {
    const world = startedWorld({ workers: 3, policy: { ...policy, surge } })
    const began = world.now()
    world.send({ type: 'reload' })
    assert.equal(mostInASlot(world), 1)
    becomesWhole(world)
    assert.deepEqual(generationsReady(world), [2, 2, 2])
    // Each drains for 50 ms, boots for 100 and proves itself for 500.
    assert.deepEqual(
      ordered(world, 'drain').map(({ at }) => at - began),
      [0, 650, 1_300],
    )
    assert.deepEqual(
      ordered(world, 'spawn', began).map(({ at }) => at - began),
      [50, 700, 1_350],
    )
  })
}

test('with surge 0 a failed first worker costs one slot for a moment, and the old generation takes it back', () => {
  const world = startedWorld({ workers: 3, policy })
  world.behave(({ generation }) => (generation === 2 ? broken : steady))
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1, 1, 1])
  assert.equal(ordered(world, 'drain').length, 1)
})

test('with surge 0 a rollout that fails midway goes back slot by slot', () => {
  const world = startedWorld({ workers: 4, policy })
  world.behave(({ generation, slot }) => (generation === 2 && slot === 2 ? shortLived(200) : steady))
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [1, 1, 1, 1])
  assert.equal(told(world, 'reload-failed').length, 1)
})

test('with surge 0 a worker is recycled stop first too', () => {
  const world = startedWorld({ workers: 2, policy })
  const { id } = workerIn(world, 0)
  world.send({ type: 'recycle', id, reason: 'max-memory' })
  assert.equal(mostInASlot(world), 1)
  assert.notEqual(workerIn(world, 0).id, id)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ reason }) => reason),
    ['max-memory'],
  )
})
