import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poll } from './harness/poll.js'
import { isAlive, signalProcess } from './harness/processes.js'
import { RequestFailure, request } from './harness/request.js'
import { startServer } from './harness/server.js'

test('a worker whose event loop is stuck is killed and replaced, the log says why, the other one serves', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '-t', '2'] })
  const before = server.workers()
  const hanging = request(server, '/hang').catch((failure: RequestFailure) => failure)
  const [, pid, slot] = await server.waitForLog(/Worker (\d+) \(slot (\d)\) exited: .*hung/)
  assert.ok(before.some((worker) => worker.pid === Number(pid)))
  assert.ok((await hanging) instanceof RequestFailure)
  assert.equal(isAlive(Number(pid)), false)

  const other = before.find((worker) => worker.pid !== Number(pid))
  const now = await poll(() => server.workers().length === 2 && server.workers(), {
    what: 'the slot is served again',
  })
  assert.deepEqual(
    now.find((worker) => worker.pid === other?.pid),
    other,
  )
  assert.ok(now.some((worker) => worker.slot === Number(slot) && worker.pid !== Number(pid)))
  assert.equal((await request(server)).status, 200)
})

test('while one worker is stuck the other answers everything; beside a stuck thread of Watt 15 of 36 requests timed out', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '-t', '600'] })
  const hanging = request(server, '/hang?announce=hang').catch((failure: RequestFailure) => failure)
  await server.waitForLog(/running hang/)
  const pids = new Set<number>()
  for (let count = 0; count < 20; count++) pids.add((await request(server)).pid)
  assert.equal(pids.size, 1)
  for (const { pid } of server.workers()) if (!pids.has(pid)) signalProcess(pid, 'SIGKILL')
  assert.ok((await hanging) instanceof RequestFailure)
})

test('a worker that is stopped from outside is hung too', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '-t', '2'] })
  const [worker] = server.workers()
  assert.ok(worker)
  signalProcess(worker.pid, 'SIGSTOP')
  await server.waitForLog(new RegExp(`Worker ${worker.pid} \\(slot ${worker.slot}\\) exited: .*hung`))
  await poll(() => server.workers().length === 2, { what: 'the slot is served again' })
})

test('a busy worker that still turns its loop is left alone', async (t) => {
  const server = await startServer(t, { args: ['-w', '1', '-t', '5'] })
  const [worker] = server.workers()
  assert.ok(worker)
  for (let count = 0; count < 4; count++)
    assert.equal((await request(server, '/block?ms=1500')).pid, worker.pid)
  assert.doesNotMatch(server.log(), /hung/)
})
