import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bounds } from '../../../../src/arbiter/fleet/state.js'
import { broken, steady } from '../conduct.js'
import { usualPolicy, type World } from '../world.js'
import { becomesWhole, generationsReady, ordered, startedWorld, told, workerIn } from './tale.js'

const bounds: Bounds = { min: 1, max: 8, downAfter: 60_000 }
const beatsOften = { ...steady, beats: 500 }

function autoscaledWorld({ workers = 1, ...own }: Partial<Bounds> & { workers?: number } = {}): World {
  const policy = { autoscale: { ...bounds, ...own } }
  const world = startedWorld({ workers, policy, conduct: () => beatsOften })
  load(world, 0.7)
  world.run(500)
  return world
}

/** How busy every worker is from now on, and how many connections wait. */
function load(world: World, utilization: number, queued = 0): void {
  world.load({ utilization: () => utilization, queued: () => queued })
}

/** The changes of the target with their reasons, in order. */
function changes(world: World): [number, number, string][] {
  return told(world, 'scaled').map(({ from, to, reason }) => [from, to, reason])
}

function target(world: World): number {
  return world.fleet().target
}

function reaches(world: World, wanted: number, span: number): void {
  assert.ok(
    world.until(() => target(world) === wanted, span),
    `${wanted} workers: ${JSON.stringify(changes(world))}`,
  )
}

test('busy workers get company within two seconds, and more once it serves', () => {
  const world = autoscaledWorld()
  load(world, 1)
  reaches(world, 2, 1_750)
  reaches(world, 8, 10_000)
  assert.deepEqual(changes(world), [
    [1, 2, 'utilization'],
    [2, 4, 'utilization'],
    [4, 7, 'utilization'],
    [7, 8, 'utilization'],
  ])
  world.run(60_000)
  assert.equal(changes(world).length, 4)
})

test('a long queue is answered sooner, whatever the beats say', () => {
  const world = autoscaledWorld()
  load(world, 0.1, 4)
  reaches(world, 2, 800)
  assert.deepEqual(changes(world), [[1, 2, 'queue']])
})

test('a short queue and a load that workers can carry change nothing', () => {
  const world = autoscaledWorld({ workers: 2 })
  load(world, 0.75, 7)
  world.run(300_000)
  assert.deepEqual(changes(world), [])
})

test('one busy moment changes nothing', () => {
  const world = autoscaledWorld()
  load(world, 1)
  world.run(500)
  load(world, 0.5)
  world.run(2_000)
  assert.deepEqual(changes(world), [])
})

test('a worker that says nothing is busy, and gets company before it counts as hung', () => {
  const world = autoscaledWorld()
  load(world, 0.1)
  world.run(2_000)
  world.stick(workerIn(world, 0).id)
  reaches(world, 2, 2_000)
  world.run(25_000)
  assert.deepEqual(changes(world), [[1, 2, 'utilization']])
})

test('no second step up before the workers of the first one serve and have told how busy they are', () => {
  const world = autoscaledWorld()
  world.behave(() => ({ ...beatsOften, loads: 19_000, readies: 20_000 }))
  load(world, 1, 100)
  reaches(world, 2, 1_000)
  world.run(20_000)
  assert.equal(target(world), 2)
  reaches(world, 4, 2_000)
})

test('a crash loop is not scaled up, and once its workers live it is', () => {
  const world = autoscaledWorld()
  world.behave(() => ({ ...beatsOften, dies: 1_000 }))
  load(world, 1, 100)
  reaches(world, 2, 1_000)
  world.run(120_000)
  assert.equal(target(world), 2)
  world.settleDown()
  world.behave(() => beatsOften)
  reaches(world, 4, 60_000)
})

test('idle workers leave together after the wait, by draining', () => {
  const world = autoscaledWorld({ workers: 6 })
  load(world, 0.05)
  world.run(58_000)
  assert.equal(target(world), 6)
  reaches(world, 1, 3_000)
  becomesWhole(world)
  assert.deepEqual(changes(world), [[6, 1, 'idle']])
  assert.equal(ordered(world, 'drain').length, 5)
  assert.ok(told(world, 'worker-exited').every(({ reason }) => reason === 'scale'))
})

test('the most that was asked for in the wait is what decides how many stay', () => {
  const world = autoscaledWorld({ workers: 8 })
  load(world, 0.05)
  world.run(30_000)
  load(world, 0.25)
  world.run(1_000)
  load(world, 0.05)
  world.run(35_000)
  // Two workers' worth of work, at 60 % each.
  assert.deepEqual(changes(world), [[8, 4, 'idle']])
})

test('a load that comes back begins the wait anew', () => {
  const world = autoscaledWorld({ workers: 4 })
  for (let round = 0; round < 10; round++) {
    load(world, 0.05)
    world.run(50_000)
    load(world, 0.7)
    world.run(5_000)
  }
  assert.deepEqual(changes(world), [])
})

test('what an operator asks for is done within the bounds, and it goes on from there', () => {
  const world = autoscaledWorld({ min: 2, max: 6, workers: 2 })
  load(world, 0.05)
  world.send({ type: 'scale', target: 9 })
  assert.equal(target(world), 6)
  becomesWhole(world)
  world.run(58_000)
  assert.equal(target(world), 6)
  world.run(5_000)
  assert.equal(target(world), 2)
  world.send({ type: 'scale', target: 1 })
  assert.deepEqual(changes(world), [
    [2, 6, 'request'],
    [6, 2, 'idle'],
  ])
})

test('nothing changes in a rollout; the load counts when it is over', () => {
  const world = autoscaledWorld({ workers: 2 })
  world.behave(() => ({ ...beatsOften, loads: 9_000, readies: 10_000 }))
  world.send({ type: 'reload' })
  load(world, 1, 100)
  world.until(() => world.fleet().rollout === undefined, 60_000)
  assert.deepEqual(changes(world), [])
  reaches(world, 4, 2_000)
})

test('new bounds hold when the reload that brings them is done', () => {
  const world = autoscaledWorld({ workers: 2 })
  load(world, 0.5)
  world.send({ type: 'reload', policy: { ...usualPolicy, autoscale: { ...bounds, min: 4 } } })
  assert.deepEqual(changes(world), [])
  becomesWhole(world)
  assert.deepEqual(changes(world), [[2, 4, 'reload']])
})

test('a reload that fails leaves bounds and number as they were', () => {
  const world = autoscaledWorld({ workers: 2 })
  const { policy } = world.fleet()
  load(world, 0.5)
  world.behave(() => broken)
  world.send({ type: 'reload', policy: { ...policy, autoscale: { ...bounds, min: 4 } } })
  world.until(() => told(world, 'reload-failed').length === 1, 60_000)
  world.send({ type: 'retune', policy })
  world.run(10_000)
  assert.deepEqual(changes(world), [])
  assert.deepEqual(generationsReady(world), [1, 1])
})

test('without bounds nobody looks, nor after a reload that takes them away', () => {
  const world = autoscaledWorld({ workers: 4 })
  world.run(10_000)
  const perSecond = ordered(world, 'look').length / 11
  assert.ok(perSecond > 3 && perSecond < 5, `${perSecond} looks a second`)
  world.send({ type: 'reload', policy: usualPolicy, target: 2 })
  becomesWhole(world)
  const { length } = ordered(world, 'look')
  load(world, 1, 100)
  world.run(60_000)
  assert.equal(ordered(world, 'look').length, length)
  assert.deepEqual(changes(world), [[4, 2, 'reload']])
})

test('time in which the arbiter stood still is no calm and no silence', () => {
  const world = autoscaledWorld({ workers: 4 })
  load(world, 0.05)
  world.run(10_000)
  world.suspend(300_000)
  world.run(30_000)
  assert.deepEqual(changes(world), [])
  world.run(40_000)
  assert.deepEqual(changes(world), [[4, 1, 'idle']])
})

test('a stop ends it', () => {
  const world = autoscaledWorld({ workers: 2 })
  world.behave(() => ({ ...beatsOften, drains: 20_000 }))
  load(world, 1, 100)
  world.send({ type: 'stop', quick: false })
  world.run(10_000)
  assert.deepEqual(changes(world), [])
})
