import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Evidence, statusOf } from '../../src/control/status.js'
import { durationBounds, outcomes } from '../../src/ipc/counts.js'
import type { BeatMessage } from '../../src/ipc/messages.js'
import { createLedger } from '../../src/observe/ledger.js'
import { metricsOf } from '../../src/observe/metrics.js'
import { startedWorld, workerIn } from '../arbiter/fleet/stories/tale.js'
import type { World } from '../arbiter/fleet/world.js'

/** A beat of a worker that has answered so many requests, all with 200 and within 10 ms. */
function beatOf(requests: number): BeatMessage {
  const counts = [...durationBounds, 0].map((_, index) => (durationBounds[index] === 0.01 ? requests : 0))
  return {
    type: 'beat',
    requests,
    counts: {
      outcomes: outcomes.map((outcome) => (outcome === '2xx' ? requests : 0)),
      durations: { counts, sum: requests * 0.008 },
    },
    inFlight: 1,
    connections: 2,
    accepted: 2,
    loopDelayMs: 3,
    utilization: 0.5,
    queueTimes: { counts, sum: requests * 0.007 },
  }
}

/** A world of two workers, and a ledger that has seen all that was told in it. */
function watchedWorld() {
  const ledger = createLedger(() => new Date(1_000_000))
  const world = startedWorld({ workers: 2 })
  let seen = 0
  const evidence = (): Evidence => {
    for (const notice of world.notices().slice(seen)) ledger.observe(notice, world.fleet())
    seen = world.notices().length
    return {
      identity: { version: '1.2.3', pid: 1, name: 'app' },
      fleet: world.fleet(),
      records: ledger.records(),
      upgrade: null,
      usage: new Map(),
      listeners: [],
      now: { monotonic: world.now(), sinceEpoch: 2_000_000 },
    }
  }
  return { world, ledger, evidence }
}

function familyValues(evidence: Evidence, name: string): Record<string, number> {
  const family = metricsOf(statusOf(evidence), evidence.records, evidence.fleet.exits).find(
    (one) => one.name === name,
  )
  return Object.fromEntries(
    (family?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  )
}

function waitFor(world: World, what: string, condition: () => boolean): void {
  assert.ok(world.until(condition, 60_000), what)
}

test('rate and quantiles are those between the first and the last beat kept', () => {
  const { world, ledger, evidence } = watchedWorld()
  const worker = workerIn(world, 0)
  for (let second = 0; second <= 20; second++) ledger.note(worker, beatOf(second * 30), second * 1_000)
  const status = statusOf(evidence())
  const [first, second] = status.workers
  assert.deepEqual([first?.requests, first?.requestsPerSecond, first?.p50Ms], [600, 30, 7.5])
  assert.deepEqual(
    [second?.requests, second?.requestsPerSecond, second?.p50Ms, second?.loopDelayMs],
    [0, 0, null, null],
  )
  assert.deepEqual([status.state, status.generation, status.target], ['running', 1, 2])
})

test('counters outlive the worker, its death is told with the reason', () => {
  const { world, ledger, evidence } = watchedWorld()
  const worker = workerIn(world, 0)
  ledger.note(worker, beatOf(10), 1)
  ledger.note(worker, beatOf(15), 2)
  world.crash(worker.id)
  waitFor(world, 'the slot is filled again', () =>
    world.workers().some(({ slot, id, state }) => slot === 0 && id !== worker.id && state === 'ready'),
  )
  ledger.note(workerIn(world, 0), beatOf(7), 3)
  const now = evidence()
  assert.equal(familyValues(now, 'nworkers_requests_total')['0 2xx'], 22)
  assert.equal(familyValues(now, 'nworkers_worker_exits_total').crash, 1)
  const status = statusOf(now)
  assert.deepEqual(
    [status.workers[0]?.restarts, status.workers[0]?.lastExit, status.workers[0]?.requests],
    [1, 'crash', 7],
  )
  assert.deepEqual(
    status.deaths.map(({ slot, reason, pid }) => ({ slot, reason, pid })),
    [{ slot: 0, reason: 'crash', pid: worker.pid }],
  )
})

test('a rollout is told while it runs and afterwards, a stop at once', () => {
  const { world, evidence } = watchedWorld()
  world.send({ type: 'reload' })
  const during = statusOf(evidence())
  assert.deepEqual(
    [during.state, during.rollouts.map(({ verdict }) => verdict), during.lastReload],
    ['reloading', ['running'], null],
  )
  waitFor(world, 'the rollout is over', () => world.fleet().rollout === undefined)
  const after = statusOf(evidence())
  assert.deepEqual([after.state, after.lastReload?.verdict, after.generation], ['running', 'done', 2])
  assert.deepEqual(familyValues(evidence(), 'nworkers_reloads_total'), { done: 1, failed: 0 })
  world.send({ type: 'stop', quick: false })
  assert.equal(statusOf(evidence()).state, 'stopping')
})

test('buckets of the histogram count what the smaller ones count', () => {
  const { world, ledger, evidence } = watchedWorld()
  ledger.note(workerIn(world, 1), beatOf(4), 1)
  const values = familyValues(evidence(), 'nworkers_request_duration_seconds')
  assert.deepEqual([values['0.005'], values['0.01'], values['10'], values['+Inf']], [0, 4, 4, 4])
})

test('queue times of all workers make one histogram, each request counted once', () => {
  const { world, ledger, evidence } = watchedWorld()
  for (const requests of [4, 6]) ledger.note(workerIn(world, 1), beatOf(requests), requests)
  ledger.note(workerIn(world, 0), beatOf(3), 1)
  const values = familyValues(evidence(), 'nworkers_request_queue_seconds')
  assert.deepEqual([values['0.005'], values['0.01'], values['+Inf']], [0, 9, 9])
})
