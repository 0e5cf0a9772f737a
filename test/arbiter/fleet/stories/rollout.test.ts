import assert from 'node:assert/strict'
import { test } from 'node:test'
import { steady } from '../conduct.js'
import { becomesWhole, generationsReady, ordered, readyCount, startedWorld, told, workerIn } from './tale.js'

test('a reload replaces slot after slot; a worker leaves when its successor has proved itself', () => {
  const world = startedWorld({ workers: 4, policy: { provingTime: 500 } })
  const began = world.now()
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2, 2])
  // Each boots for 100 ms and proves itself for 500.
  assert.deepEqual(
    ordered(world, 'spawn', began).map(({ at, effect }) => [at - began, effect.slot, effect.generation]),
    [
      [0, 0, 2],
      [600, 1, 2],
      [1_200, 2, 2],
      [1_800, 3, 2],
    ],
  )
  assert.deepEqual(
    ordered(world, 'drain').map(({ at, effect }) => [at - began, effect.id, effect.last]),
    [
      [600, 1, false],
      [1_200, 2, false],
      [1_800, 3, false],
      [2_400, 4, false],
    ],
  )
})

test('a rollout is told at its start and at its end, with how long it took', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload' })
  becomesWhole(world)
  assert.deepEqual(told(world, 'reload-started'), [{ type: 'reload-started', generation: 2, from: 1 }])
  assert.deepEqual(told(world, 'reload-done'), [{ type: 'reload-done', generation: 2, took: 1_200 }])
  assert.deepEqual(
    told(world, 'all-ready').map(({ generation }) => generation),
    [1, 2],
  )
  for (const type of ['retiring', 'worker-exited'] as const) {
    assert.deepEqual(
      told(world, type).map(({ worker, reason }) => [worker.id, reason]),
      [
        [1, 'reload'],
        [2, 'reload'],
      ],
    )
  }
})

for (const { surge, workers, atOnce } of [
  { surge: { count: 1 }, workers: 4, atOnce: 1 },
  { surge: { count: 2 }, workers: 4, atOnce: 2 },
  { surge: { count: 9 }, workers: 4, atOnce: 4 },
  { surge: { percent: 1 }, workers: 4, atOnce: 1 },
  { surge: { percent: 50 }, workers: 4, atOnce: 2 },
  { surge: { percent: 30 }, workers: 5, atOnce: 2 },
  { surge: { percent: 100 }, workers: 3, atOnce: 3 },
]) {
  test(`surge ${JSON.stringify(surge)} of ${workers} workers boots ${atOnce} at once, and none fewer serve`, () => {
    const world = startedWorld({ workers, policy: { surge } })
    world.send({ type: 'reload' })
    let [most, fewest] = [0, workers]
    const isDone = () => {
      const wanted = world.workers().filter(({ reason }) => reason === undefined).length
      most = Math.max(most, wanted)
      fewest = Math.min(fewest, readyCount(world))
      return told(world, 'reload-done').length > 0
    }
    assert.ok(world.until(isDone, 60_000))
    assert.deepEqual([most, fewest], [workers + atOnce, workers])
  })
}

test('a reload changes the policy, which is in force at once', () => {
  const world = startedWorld({ workers: 4, policy: { surge: { count: 1 } } })
  const { policy } = world.fleet()
  world.send({ type: 'reload', policy: { ...policy, surge: { count: 4 } } })
  assert.equal(world.workers().length, 8)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2, 2])
})

test('an old worker that dies during the rollout is replaced by the new generation', () => {
  const world = startedWorld({ workers: 3 })
  world.run(10_000)
  world.send({ type: 'reload' })
  world.run(50)
  world.crash(workerIn(world, 2).id)
  assert.equal(workerIn(world, 2).generation, 2)
  becomesWhole(world)
  assert.deepEqual(generationsReady(world), [2, 2, 2])
  assert.equal(told(world, 'reload-failed').length, 0)
})

test('a successor of the rollout is there already when the old worker dies', () => {
  const world = startedWorld({ workers: 1, conduct: () => steady })
  world.run(10_000)
  world.send({ type: 'reload' })
  world.run(50)
  world.crash(1)
  assert.deepEqual(
    world.workers().map(({ id, generation }) => [id, generation]),
    [[2, 2]],
  )
  becomesWhole(world)
  assert.equal(told(world, 'reload-done').length, 1)
})
