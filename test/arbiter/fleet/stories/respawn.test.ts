import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, shortLived, steady } from '../conduct.js'
import { ordered, startedWorld, told, workerIn } from './tale.js'

test('a worker that had served a while is replaced at once, in its slot', () => {
  const world = startedWorld({ workers: 3 })
  world.run(10_000)
  const died = world.now()
  world.crash(workerIn(world, 1).id)
  assert.deepEqual(
    ordered(world, 'spawn', died).map(({ at, effect }) => [at, effect.slot]),
    [[died, 1]],
  )
  assert.deepEqual(
    told(world, 'worker-exited').map(({ failures, retryIn }) => [failures, retryIn]),
    [[0, 0]],
  )
})

test('after a young death the slot rests for 250 ms, doubling up to 30 s; the counter is told', () => {
  const world = startedWorld({ workers: 2, conduct: ({ slot }) => (slot === 1 ? shortLived(150) : steady) })
  const first = ordered(world, 'spawn').filter(({ effect }) => effect.slot === 1)
  assert.ok(first.length > 0)
  world.run(200_000)
  const deaths = told(world, 'worker-exited')
  assert.deepEqual(
    deaths.slice(0, 10).map(({ retryIn }) => retryIn),
    [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
  )
  assert.deepEqual(
    deaths.map(({ failures }) => failures),
    deaths.map((_, index) => index + 1),
  )
  const spawns = ordered(world, 'spawn').filter(({ effect }) => effect.slot === 1)
  assert.deepEqual(
    spawns.slice(1, 9).map(({ at }, index) => at - (spawns[index]?.at ?? 0) - 150),
    [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000],
  )
})

test('a crash loop in one slot leaves the others alone', () => {
  const world = startedWorld({ workers: 3, conduct: ({ slot }) => (slot === 2 ? shortLived(120) : steady) })
  const [first, second] = [workerIn(world, 0), workerIn(world, 1)]
  world.run(120_000)
  assert.deepEqual([workerIn(world, 0).id, workerIn(world, 1).id], [first.id, second.id])
  assert.equal(world.exitCode(), undefined)
})

test('a worker that serves a while ends the count of failures', () => {
  const world = startedWorld({ workers: 1 })
  world.behave(() => shortLived(150))
  world.crash(workerIn(world, 0).id)
  world.run(1_000)
  const failures = world.fleet().slots.get(0)?.failures ?? 0
  assert.ok(failures >= 2, `${failures} failures`)
  world.behave(() => steady)
  world.run(60_000)
  assert.equal(world.fleet().slots.get(0)?.failures, 0)
  world.crash(workerIn(world, 0).id)
  assert.equal(told(world, 'worker-exited').at(-1)?.retryIn, 0)
})

test('a worker that still drains in the slot does not end its rest by its beats', () => {
  const world = startedWorld({ workers: 1, conduct: () => ({ ...steady, drains: never }) })
  world.run(10_000)
  world.behave(() => shortLived(150))
  world.send({ type: 'leaving', id: workerIn(world, 0).id, reason: 'request' })
  world.run(16_000)
  assert.deepEqual(
    told(world, 'worker-exited').map(({ retryIn }) => retryIn),
    [250, 500, 1_000, 2_000, 4_000, 8_000],
  )
})

for (const [reason, exit] of [
  ['crash', { code: 1 }],
  ['crash', { signal: 'SIGSEGV' }],
  ['killed', { signal: 'SIGKILL' }],
  ['killed', { signal: 'SIGTERM' }],
  ['oom', { signal: 'SIGKILL', outOfMemory: true }],
] as const) {
  test(`a ready worker that ends by ${JSON.stringify(exit)} is said to be gone for: ${reason}`, () => {
    const world = startedWorld({ workers: 1 })
    world.crash(workerIn(world, 0).id, exit)
    assert.deepEqual(
      told(world, 'worker-exited').map((notice) => notice.reason),
      [reason],
    )
  })
}
