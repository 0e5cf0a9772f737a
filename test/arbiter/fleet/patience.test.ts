import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftOf } from '../../../src/arbiter/fleet/draft.js'
import { createFleet } from '../../../src/arbiter/fleet/fleet.js'
import {
  losePatience,
  patienceOf,
  recordStepDown,
  recordStepUp,
} from '../../../src/arbiter/fleet/patience.js'
import { usualPolicy } from './world.js'

const downAfter = 60_000

function start() {
  return draftOf(createFleet({ ...usualPolicy, autoscale: { min: 1, max: 8, downAfter } }, 1), 0)
}

test('a step up alone leaves the wait as it was set', () => {
  const draft = start()
  recordStepUp(draft)
  recordStepUp(draft)
  assert.equal(patienceOf(draft), downAfter)
})

test('each step up after a step down doubles the wait, up to sixteen times', () => {
  const draft = start()
  const waits = Array.from({ length: 6 }, () => {
    recordStepDown(draft)
    recordStepDown(draft)
    recordStepUp(draft)
    recordStepUp(draft)
    return patienceOf(draft) / downAfter
  })
  assert.deepEqual(waits, [2, 4, 8, 16, 16, 16])
})

test('without a turn the wait halves after a while, and again, until it is what was set', () => {
  const draft = start()
  for (let turn = 0; turn < 2; turn++) {
    recordStepDown(draft)
    recordStepUp(draft)
  }
  const waits = [16, 31, 32, 63, 64].map((minutes) => {
    draft.now = minutes * downAfter
    losePatience(draft)
    return patienceOf(draft) / downAfter
  })
  assert.deepEqual(waits, [2, 2, 1, 1, 1])
})

test('where nothing is autoscaled there is no wait', () => {
  assert.equal(patienceOf(createFleet(usualPolicy, 1)), 0)
})
