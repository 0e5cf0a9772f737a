import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { mock, test } from 'node:test'
import { createAcceptPace, longestWait } from '../../src/worker/accept-pace.js'
import { acceptQueue } from '../process/harness/accept-queue.js'
import { poll } from '../process/harness/poll.js'
import { hasProcessList } from '../process/harness/processes.js'
import { type Client, connect, get } from './harness/client.js'
import { startWorker } from './harness/worker.js'

/** A pace whose answers hold the loop for so long, and whether it accepts at the moment. */
function paceOf(held: number) {
  const state = { isAccepting: true }
  const listeners = {
    standBack: () => {
      state.isAccepting = false
    },
    proceed: () => {
      state.isAccepting = true
    },
  }
  return { state, pace: createAcceptPace(listeners, () => held) }
}

test('a worker whose answers hold the loop leaves the next connection to others until the answer begins', () => {
  const { state, pace } = paceOf(longestWait)
  const socket = new Socket()
  pace.accepted(socket)
  assert.equal(state.isAccepting, false)
  pace.answered(new Socket())
  pace.answered(null)
  assert.equal(state.isAccepting, false)
  pace.answered(socket)
  assert.equal(state.isAccepting, true)
  pace.release()
})

test('answers that take little are not paced', () => {
  const { state, pace } = paceOf(longestWait - 0.1)
  pace.accepted(new Socket())
  assert.equal(state.isAccepting, true)
  pace.release()
})

test('from its release on it accepts all there is', () => {
  const { state, pace } = paceOf(longestWait)
  pace.accepted(new Socket())
  pace.release()
  assert.equal(state.isAccepting, true)
  pace.accepted(new Socket())
  assert.equal(state.isAccepting, true)
})

test('a request that is late is waited for no longer than said', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  t.mock.method(performance, 'now', () => 1_000)
  const { state, pace } = paceOf(longestWait)
  pace.accepted(new Socket())
  t.mock.method(performance, 'now', () => 1_000 + longestWait)
  mock.timers.tick(longestWait)
  assert.equal(state.isAccepting, true)
  pace.release()
})

const place = { NWORKERS_WORKER_SLOT: '0', NWORKERS_WORKER_GENERATION: '1', NWORKERS_WORKER_COUNT: '4' }
const waiting = 5

for (const [what, rebalanceAfter, taken] of [
  ['one connection at a time', 5, 1],
  ['more than one where connections stay with their worker', 0, 2],
] as const) {
  test(`back from a handler, a worker takes ${what}`, {
    skip: !hasProcessList && 'looks into /proc',
  }, async (t) => {
    const worker = await startWorker(t, { env: place, settings: { rebalanceAfter } })
    const blockings = () => worker.messages().filter((message) => message.type === 'app').length
    const ask = (client: Client) => client.send(get('/block?ms=300', 'Connection: close\r\n'))
    const first = await connect(t, worker.port)
    ask(first)
    await first.answer(1)
    ask(await connect(t, worker.port))
    await poll(() => blockings() === 2, { what: 'the worker is held' })
    for (let queued = 0; queued < waiting; queued++) ask(await connect(t, worker.port))
    assert.equal(acceptQueue(worker.port), waiting)
    await poll(() => blockings() === 3, { what: 'the first of them is served' })
    assert.equal(acceptQueue(worker.port), waiting - taken)
  })
}
