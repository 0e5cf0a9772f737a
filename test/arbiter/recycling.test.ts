import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FleetEvent } from '../../src/arbiter/fleet/event.js'
import { allowanceOf, createRecycler } from '../../src/arbiter/recycling.js'

const unlimited = { maxRequests: 0, maxRequestsJitter: 0, maxMemory: 0, maxLifetime: 0 }
const endless = Number.POSITIVE_INFINITY

test('0 limits nothing, and jitter alone neither', () => {
  const place = { slot: 0, count: 4 }
  assert.deepEqual(allowanceOf(unlimited, place), { requests: endless, memory: endless, lifetime: endless })
  assert.equal(allowanceOf({ ...unlimited, maxRequestsJitter: 5 }, place).requests, endless)
})

test('jitter adds from nothing to itself', () => {
  const settings = { ...unlimited, maxRequests: 100, maxRequestsJitter: 10 }
  const place = { slot: 0, count: 1 }
  assert.equal(allowanceOf(settings, place, () => 0).requests, 100)
  assert.equal(allowanceOf(settings, place, () => 0.999).requests, 110)
})

test('lifetimes of the slots are staggered and never longer than asked for', () => {
  const lifetimes = [0, 1, 2, 3].map(
    (slot) => allowanceOf({ ...unlimited, maxLifetime: 1_000 }, { slot, count: 4 }).lifetime,
  )
  assert.deepEqual(lifetimes, [1_000, 975, 950, 925])
})

test('recycles for requests, not for those of a worker that has gone', () => {
  const told: FleetEvent[] = []
  const recycler = createRecycler((event) => told.push(event))
  recycler.watch(1, process.pid, { requests: 10, memory: endless, lifetime: endless })
  recycler.count(1, 9)
  assert.deepEqual(told, [])
  recycler.count(1, 10)
  assert.deepEqual(told, [{ type: 'recycle', id: 1, reason: 'max-requests' }])
  recycler.forget(1)
  recycler.count(1, 99)
  assert.equal(told.length, 1)
})

test('recycles for memory only after three samples in a row', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const told: FleetEvent[] = []
  const samples = [20, 20, 5, 20, 20, 20]
  const recycler = createRecycler(
    (event) => told.push(event),
    async () => samples.shift() ?? 0,
  )
  recycler.watch(7, process.pid, { requests: endless, memory: 10, lifetime: endless })
  const sample = async () => {
    t.mock.timers.tick(2_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (let i = 0; i < 5; i++) await sample()
  assert.deepEqual(told, [])
  await sample()
  assert.deepEqual(told, [{ type: 'recycle', id: 7, reason: 'max-memory' }])
  recycler.forget(7)
})

test('recycles at the end of the lifetime', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: FleetEvent[] = []
  const recycler = createRecycler((event) => told.push(event))
  recycler.watch(3, process.pid, { requests: endless, memory: endless, lifetime: 5_000 })
  t.mock.timers.tick(4_999)
  assert.deepEqual(told, [])
  t.mock.timers.tick(1)
  assert.deepEqual(told, [{ type: 'recycle', id: 3, reason: 'max-lifetime' }])
  recycler.forget(3)
})
