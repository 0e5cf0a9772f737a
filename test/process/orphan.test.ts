import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { holdRequest } from './harness/held.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { identify, RequestFailure, refuses, request } from './harness/request.js'
import { startServer } from './harness/server.js'

test('the arbiter is killed: workers answer what they run, end, and the port is free; idle sync workers of gunicorn stayed for 15 s (E15)', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const held = await holdRequest(t, server)
  signalProcess(server.pid, 'SIGKILL')
  await poll(() => refuses(server), { what: 'the workers have stopped listening' })
  held.release()
  const answer = await held.answer
  if (answer instanceof RequestFailure) throw answer
  assert.equal(answer.body, 'released')
  await poll(() => server.processes().length === 0, { what: 'the workers have ended' })
  await startServer(t, { args: ['-b', `127.0.0.1:${server.port}`] })
})

test('the arbiter is killed: a new one on the same port and pidfile takes over; gunicorn’s new one gave up with 1 (E25)', async (t) => {
  const { path } = temporaryFolder(t)
  const first = await startServer(t, { args: ['-w', '4', '-p', path('server.pid')] })
  signalProcess(first.pid, 'SIGKILL')
  const args = ['-w', '2', '-p', path('server.pid'), '-b', `127.0.0.1:${first.port}`]
  const second = await startServer(t, { args })
  await poll(() => first.processes().length === 0, { what: 'the orphans have ended' })
  assert.equal((await identify(second)).count, '2')
})

test('the arbiter is killed: a worker that blocks ends when its loop turns', async (t) => {
  const server = await startServer(t, { args: ['-w', '1'] })
  const blocked = request(server, '/block?ms=500&announce=block')
  await server.waitForLog(/running block/)
  signalProcess(server.pid, 'SIGKILL')
  assert.equal((await blocked).body, 'blocked')
  await poll(() => server.processes().length === 0, { what: 'the worker has ended' })
})
