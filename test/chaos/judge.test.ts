import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAcceptances } from './acceptances.js'
import { type Crash, resolveCrashes } from './crashes.js'
import { createJudge } from './judge.js'
import type { Failure } from './record.js'

const dead = 100
const living = 200

/**
 * The dead worker accepted port 1 at 10 and port 3 at 10; the living one port 2 at 10, and port 1 once more at 5000.
 * Much later another worker has got the pid of the dead one and accepts port 4.
 */
const acceptances = createAcceptances(
  new Map([
    [
      1,
      [
        { pid: dead, at: 10 },
        { pid: living, at: 5_000 },
      ],
    ],
    [2, [{ pid: living, at: 10 }]],
    [3, [{ pid: dead, at: 10 }]],
    [4, [{ pid: dead, at: 7_000 }]],
  ]),
)
const kill: Crash = { how: 'kill', at: 1_000, worker: { pid: dead, from: 0, to: 1_050 } }

function judge(failure: Partial<Failure>, { crashes = [kill], stoppedAt = 9_000 } = {}): string {
  return createJudge({ crashes, acceptances, stoppedAt })(lost(failure)).verdict
}

function lost(failure: Partial<Failure> = {}): Failure {
  return {
    client: 'keep-alive',
    error: 'ECONNRESET',
    lost: true,
    begunAt: 990,
    failedAt: 1_001,
    connection: { port: 1, begunAt: 9, openedAt: 10 },
    ...failure,
  }
}

test('a request whose worker crashed is excused', () => {
  assert.equal(judge({}), 'excused')
  assert.equal(judge({ begunAt: 1_000.5 }), 'excused')
})

test('one that failed before the crash is not, nor one without any crash', () => {
  assert.equal(judge({ failedAt: 999 }), 'not excused')
  assert.equal(judge({}, { crashes: [] }), 'not excused')
})

test('one of another worker is not, though a crash happened meanwhile', () => {
  assert.equal(judge({ connection: { port: 2, begunAt: 9, openedAt: 10 } }), 'not excused')
})

test('a later connection with the same port is judged by its own worker', () => {
  const connection = { port: 1, begunAt: 4_999, openedAt: 5_001 }
  assert.equal(judge({ connection, begunAt: 5_002, failedAt: 5_100 }), 'not excused')
})

test('a later worker with the pid of the dead one has no excuse', () => {
  const connection = { port: 4, begunAt: 6_999, openedAt: 7_001 }
  assert.equal(judge({ connection, begunAt: 7_002, failedAt: 7_100 }), 'not excused')
})

test('a wrong answer, a time-out and a refused connection are never excused', () => {
  assert.equal(judge({ lost: false }), 'not excused')
  assert.equal(judge({ connection: undefined, lost: false }), 'not excused')
})

test('of connections that no worker has written down one a crash is excused, if the crash came between', () => {
  const verdict = createJudge({ crashes: [kill], acceptances, stoppedAt: 9_000 })
  const connection = { port: 7, begunAt: 980, openedAt: 981 }
  assert.equal(verdict(lost({ connection, failedAt: 999 })).verdict, 'not excused')
  assert.equal(verdict(lost({ connection })).verdict, 'excused')
  assert.equal(verdict(lost({ connection })).verdict, 'not excused')
  const later = { port: 8, begunAt: 1_001, openedAt: 1_002 }
  assert.equal(judge({ connection: later, failedAt: 1_100 }), 'not excused')
})

test('at the end who was not connected yet is turned away, and who was is not', () => {
  const late = { failedAt: 9_001, begunAt: 8_999 }
  assert.equal(judge({ ...late, connection: undefined, lost: false }), 'turned away')
  assert.equal(judge({ ...late, connection: { port: 7, begunAt: 8_999, openedAt: 9_000.5 } }), 'turned away')
  assert.equal(judge({ ...late, connection: { port: 7, begunAt: 8_998, openedAt: 8_999 } }), 'not excused')
  assert.equal(
    judge({ failedAt: 9_001, begunAt: 5_000, connection: undefined, lost: false }),
    'not excused',
    'who waited for seconds was not served before the end either',
  )
})

test('a spinning request makes that worker crash which accepted it', () => {
  const spin = { how: 'spin' as const, at: 9, port: 3, endedAt: 4_000 }
  const workers = [0, 6_000].map((bootedAt) => ({
    pid: dead,
    slot: 0,
    bootedAt,
    exitedAt: bootedAt + 1_050,
    reason: 'hung',
  }))
  const worker = { pid: dead, from: 0, to: 1_050 }
  assert.deepEqual(resolveCrashes([spin], acceptances, workers), [{ how: 'spin', at: 9, worker }])
  assert.deepEqual(resolveCrashes([{ ...spin, port: 9 }], acceptances, workers), [])
})
