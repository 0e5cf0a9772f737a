import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLinger } from '../../src/worker/linger.js'

test('a connection has expired when it was idle for the whole linger', () => {
  const linger = createLinger<string>(100)
  assert.deepEqual(linger.expired(['a'], 0), [])
  assert.deepEqual(linger.expired(['a', 'b'], 60), [])
  assert.deepEqual(linger.expired(['a', 'b'], 100), ['a'])
  assert.deepEqual(linger.expired(['b'], 160), ['b'])
})

test('one that was busy in between starts anew, whether it was seen busy or said so', () => {
  const linger = createLinger<string>(100)
  linger.expired(['a', 'b'], 0)
  linger.expired(['b'], 50)
  linger.wake('b')
  assert.deepEqual(linger.expired(['a', 'b'], 100), [])
  assert.deepEqual(linger.expired(['a', 'b'], 199), [])
  assert.deepEqual(linger.expired(['a', 'b'], 200), ['a', 'b'])
})

test('a linger of 0 is over when idleness is seen', () => {
  assert.deepEqual(createLinger<string>(0).expired(['a'], 7), ['a'])
})

test('tighten shortens and never lengthens', () => {
  const linger = createLinger<string>(100)
  linger.expired(['a'], 0)
  linger.tighten(500)
  assert.deepEqual(linger.expired(['a'], 99), [])
  linger.tighten(50)
  assert.deepEqual(linger.expired(['a'], 99), ['a'])
})

/** What happens from one look to the next: who is idle then, who said in between that it is busy. */
const step = fc.record({
  after: fc.integer({ min: 1, max: 80 }),
  idle: fc.uniqueArray(fc.integer({ min: 0, max: 4 })),
  wakes: fc.uniqueArray(fc.integer({ min: 0, max: 4 })),
})

test('property: expired are exactly those that every look since the linger began has seen idle', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 200 }), (steps, time) => {
      const linger = createLinger<number>(time)
      const idleSince = new Map<number, number>()
      let now = 0
      for (const { after, idle, wakes } of steps) {
        now += after
        for (const connection of wakes) {
          linger.wake(connection)
          idleSince.delete(connection)
        }
        for (const connection of [0, 1, 2, 3, 4]) {
          if (!idle.includes(connection)) idleSince.delete(connection)
          else if (!idleSince.has(connection)) idleSince.set(connection, now)
        }
        const expected = idle.filter((connection) => now - (idleSince.get(connection) ?? now) >= time)
        assert.deepEqual(linger.expired(idle, now).sort(), expected.sort())
      }
    }),
  )
})
