import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEvening, surplusOf } from '../../src/arbiter/evening.js'
import { createWorld } from './fleet/world.js'

test('a worker is asked for what it has beyond its share', () => {
  assert.equal(surplusOf(15, [15, 13, 7, 5]), 5)
  assert.equal(surplusOf(13, [15, 13, 7, 5]), 3)
  assert.equal(surplusOf(7, [15, 13, 7, 5]), 0)
})

test('what can not be evener is left alone', () => {
  assert.equal(surplusOf(11, [11, 11, 10, 10]), 0)
  assert.equal(surplusOf(40, [40]), 0, 'a single worker')
})

test('few connections are left alone, and of many a twentieth', () => {
  assert.equal(surplusOf(6, [6, 0, 0, 0]), 0)
  assert.equal(surplusOf(105, [105, 95]), 0)
  assert.equal(surplusOf(106, [106, 94]), 6)
})

test('however connections fell, and wherever those that come back fall, it ends, and then none is asked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(200), { minLength: 2, maxLength: 16 }),
      fc.infiniteStream(fc.nat()),
      (start, falls) => {
        const counts = [...start]
        for (let beat = 0; beat < 400; beat++) {
          const asked = counts.map((own) => surplusOf(own, counts))
          if (asked.every((surplus) => surplus === 0)) return true
          for (const [worker, surplus] of asked.entries()) {
            for (let one = 0; one < surplus; one++) {
              const fall = Number(falls.next().value) % counts.length
              counts[worker] = (counts[worker] ?? 0) - 1
              counts[fall] = (counts[fall] ?? 0) + 1
            }
          }
        }
        return false
      },
    ),
    { numRuns: 200 },
  )
})

test('a worker whose connections are mostly younger than a beat is not asked', () => {
  const asked: [number, number][] = []
  const evening = createEvening((id, surplus) => asked.push([id, surplus]))
  const world = createWorld({ workers: 2 })
  world.send({ type: 'start' })
  world.run(10_000)
  const fleet = world.fleet()
  evening.heard(1, { connections: 4, accepted: 4 }, fleet)
  evening.heard(2, { connections: 20, accepted: 20 }, fleet)
  assert.deepEqual(asked, [], 'all are new')
  evening.heard(2, { connections: 20, accepted: 31 }, fleet)
  assert.deepEqual(asked, [], 'eleven of twenty are new')
  evening.heard(2, { connections: 20, accepted: 33 }, fleet)
  assert.deepEqual(asked, [[2, 8]])
})
