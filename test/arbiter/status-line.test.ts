import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusLine } from '../../src/arbiter/status-line.js'
import { steady } from './fleet/conduct.js'
import { startedWorld, workerIn } from './fleet/stories/tale.js'
import { createWorld } from './fleet/world.js'

test('the status counts the workers through start, death, reload and stop', () => {
  const world = createWorld({ workers: 3 })
  const status = () => statusLine(world.fleet())
  world.send({ type: 'start' })
  assert.equal(status(), '0 of 3 workers ready, generation 1, 1 booting')
  world.run(90)
  assert.equal(status(), '0 of 3 workers ready, generation 1, 3 booting')
  world.run(1_000)
  assert.equal(status(), '3 of 3 workers ready, generation 1')

  world.run(10_000)
  world.crash(workerIn(world, 1).id)
  assert.equal(status(), '2 of 3 workers ready, generation 1, 1 booting; 1 restart so far')

  world.run(1_000)
  world.behave(() => ({ ...steady, loads: 5_000, readies: 5_000 }))
  world.send({ type: 'reload' })
  assert.equal(
    status(),
    '3 of 3 workers ready, generation 1, 1 booting; reloading: 0 of 3 replaced; 1 restart so far',
  )
  world.run(6_000)
  assert.match(status(), /^3 of 3 workers ready, .*; reloading: 1 of 3 replaced; 1 restart so far$/)
  world.run(20_000)
  assert.equal(status(), '3 of 3 workers ready, generation 2; 1 restart so far')
  world.send({ type: 'stop', quick: false })
  assert.equal(status(), 'Stopping: 3 workers left')
})

test('one worker is not "1 workers"', () => {
  assert.equal(statusLine(startedWorld({ workers: 1 }).fleet()), '1 of 1 worker ready, generation 1')
})
