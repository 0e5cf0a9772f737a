import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdRequest } from './harness/held.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { RequestFailure, request } from './harness/request.js'
import { type Server, startServer } from './harness/server.js'

function slotIsServed(server: Server, slot: number, without: number): Promise<true> {
  return poll(() => server.workers().some((worker) => worker.slot === slot && worker.pid !== without), {
    what: `slot ${slot} has a new worker`,
  })
}

test('TERM from outside: the worker answers what it runs, leaves and is replaced', async (t) => {
  const server = await startServer(t, { args: ['-w', '1'] })
  const [worker] = server.workers()
  assert.ok(worker)
  const held = await holdRequest(t, server)
  signalProcess(worker.pid, 'SIGTERM')
  await slotIsServed(server, worker.slot, worker.pid)
  await poll(async () => (await request(server)).pid !== worker.pid, { what: 'the successor answers' })
  held.release()
  const answer = await held.answer
  if (answer instanceof RequestFailure) throw answer
  assert.equal(answer.pid, worker.pid)
  await server.waitForLog(new RegExp(`Worker ${worker.pid} \\(slot 0\\) exited: `))
})

test('TERM from outside under load: no request fails', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const load = startLoad(t, server)
  for (const { slot, pid } of server.workers()) {
    await load.answers(30)
    signalProcess(pid, 'SIGTERM')
    await slotIsServed(server, slot, pid)
  }
  await load.answers(50)
  assertNoneFailed(await load.stop())
})

for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} from outside: the worker ends without waiting and is replaced`, async (t) => {
    const server = await startServer(t, { args: ['-w', '1', '--graceful-timeout', '600'] })
    const [worker] = server.workers()
    assert.ok(worker)
    const held = await holdRequest(t, server)
    signalProcess(worker.pid, signal)
    assert.ok((await held.answer) instanceof RequestFailure)
    await slotIsServed(server, worker.slot, worker.pid)
    assert.equal((await request(server)).status, 200)
  })
}

test('HUP, USR2, TTIN, TTOU and WINCH from outside are ignored', async (t) => {
  const server = await startServer(t, { args: ['-w', '1'] })
  const [worker] = server.workers()
  assert.ok(worker)
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'] as const) {
    signalProcess(worker.pid, signal)
    assert.equal((await request(server)).pid, worker.pid, `${signal} changes nothing`)
  }
  assert.deepEqual(server.workers(), [worker])
  assert.doesNotMatch(server.log(), /exited/)
})
