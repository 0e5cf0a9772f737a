import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, steady } from '../conduct.js'
import { createWorld } from '../world.js'
import { becomesWhole, ending, generationsReady, ordered, startedWorld, told, workerIn } from './tale.js'

test('when no process can be made for the first worker, nworkers ends with exit code 1', () => {
  const world = createWorld({ workers: 4, conduct: () => refused })
  world.send({ type: 'start' })
  assert.equal(ending(world).code, 1)
  assert.equal(ordered(world, 'spawn').length, 1)
  assert.deepEqual(
    told(world, 'spawn-failed').map(({ retryIn }) => retryIn),
    [undefined],
    'no next try is promised',
  )
})

test('later a failed fork is tried again more and more slowly, and the others serve on', () => {
  const world = startedWorld({ workers: 2 })
  world.run(10_000)
  world.behave(() => refused)
  world.crash(workerIn(world, 1).id)
  world.run(7_000)
  assert.deepEqual(
    told(world, 'spawn-failed').map(({ slot, message, retryIn, failures }) => [
      slot,
      message,
      retryIn,
      failures,
    ]),
    [
      [1, 'spawn EAGAIN', 250, 1],
      [1, 'spawn EAGAIN', 500, 2],
      [1, 'spawn EAGAIN', 1_000, 3],
      [1, 'spawn EAGAIN', 2_000, 4],
      [1, 'spawn EAGAIN', 4_000, 5],
    ],
  )
  assert.equal(workerIn(world, 0).state, 'ready')
  world.behave(() => steady)
  becomesWhole(world)
})

test('a fork that fails during a rollout fails the rollout', () => {
  const world = startedWorld({ workers: 3 })
  world.behave(() => refused)
  world.send({ type: 'reload' })
  world.run(1_000)
  assert.equal(told(world, 'reload-failed').length, 1)
  assert.deepEqual(generationsReady(world), [1, 1, 1])
})
