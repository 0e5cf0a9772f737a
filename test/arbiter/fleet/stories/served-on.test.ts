import assert from 'node:assert/strict'
import { test } from 'node:test'
import { steady } from '../conduct.js'
import { ending, ordered, startedWorld } from './tale.js'

test('an arbiter that has handed over leaves the sockets and what is queued there to the next', () => {
  const world = startedWorld({ workers: 2, policy: { shutdownDelay: 5_000 } })
  world.send({ type: 'stop', quick: false, servedOn: true })
  assert.deepEqual(
    ordered(world, 'drain').map(({ effect }) => [effect.id, effect.last]),
    [
      [1, false],
      [2, false],
    ],
  )
  assert.deepEqual(ending(world), { code: 0, took: steady.drains })
  assert.equal(ordered(world, 'release-listeners').length, 0)
})

test('it can be hurried', () => {
  const world = startedWorld({ workers: 1, conduct: () => ({ ...steady, drains: 20_000 }) })
  world.send({ type: 'stop', quick: false, servedOn: true })
  world.run(10)
  world.send({ type: 'stop', quick: true })
  assert.ok(ending(world).took < 100)
})
