import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { holdRequest } from './harness/held.js'
import { startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { isAlive } from './harness/processes.js'
import { type Answer, RequestFailure, refuses, request, type Target } from './harness/request.js'
import { ended, startServer } from './harness/server.js'

const stopped = { code: 0, signal: null }

function assertAnswered(answer: Answer | RequestFailure, body: string): asserts answer is Answer {
  if (answer instanceof RequestFailure) throw answer
  assert.equal(answer.status, 200)
  assert.equal(answer.body, body)
}

/** Resolves when nobody listens any more: the stop is under way. */
function doorIsClosed(target: Target): Promise<true> {
  return poll(() => refuses(target), { what: 'new connections are refused' })
}

test('TERM: a running request is answered, then the exit code is 0', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const held = await holdRequest(t, server)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  held.release()
  const answer = await held.answer
  assertAnswered(answer, 'released')
  assert.equal(answer.headers.connection, 'close')
  assert.deepEqual(await ended(server), stopped)
})

test('TERM: an answer whose headers are out is sent to its end', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const held = await holdRequest(t, server, { begin: true })
  server.signal('SIGTERM')
  await doorIsClosed(server)
  held.release()
  assertAnswered(await held.answer, 'begin released')
  assert.deepEqual(await ended(server), stopped)
})

test('TERM: an idle keep-alive connection is not reset, its next request is answered with Connection: close', async (t) => {
  const server = await startServer(t)
  const connection = await connect(t, server)
  connection.send(getRequest('/'))
  assert.match(await connection.answers(1), /^HTTP\/1\.1 200 OK/)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  connection.send(getRequest('/'))
  const second = (await connection.answers(2)).split('HTTP/1.1 ')[2] ?? ''
  assert.match(second, /^200 OK/)
  assert.match(second, /^Connection: close\r$/im)
  assert.equal(await connection.closed, 'end')
  assert.deepEqual(await ended(server), stopped)
})

test('TERM under load: no request on a connection that had been made is lost', async (t) => {
  const server = await startServer(t, { args: ['-w', '4'] })
  const load = startLoad(t, server, { duration: 20 })
  await load.answers(200)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), stopped)
  const { failures } = await load.stop()
  // Connections made after the signal find a closed door; that is all that may fail.
  assert.deepEqual(
    failures.filter(({ kind }) => !kind.endsWith('on a new socket')),
    [],
  )
})

for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
  test(`${signal}: ends without waiting for what runs, with exit code 0`, async (t) => {
    const server = await startServer(t, { args: ['-w', '2', '--graceful-timeout', '600'] })
    const held = await holdRequest(t, server)
    server.signal(signal)
    assert.deepEqual(await ended(server), stopped)
    assert.ok((await held.answer) instanceof RequestFailure)
  })
}

test('INT after TERM hurries', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--graceful-timeout', '600'] })
  const held = await holdRequest(t, server)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  assert.ok(isAlive(server.pid))
  server.signal('SIGINT')
  assert.deepEqual(await ended(server), stopped)
  assert.ok((await held.answer) instanceof RequestFailure)
})

test('a second and a third TERM change nothing', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const held = await holdRequest(t, server)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  held.release()
  assertAnswered(await held.answer, 'released')
  assert.deepEqual(await ended(server), stopped)
})

test('HUP, TTIN and TTOU after TERM change nothing: a stop wins', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const held = await holdRequest(t, server)
  server.signal('SIGTERM')
  await doorIsClosed(server)
  const mark = server.mark()
  for (const signal of ['SIGHUP', 'SIGTTIN', 'SIGTTOU'] as const) server.signal(signal)
  await doorIsClosed(server)
  held.release()
  assertAnswered(await held.answer, 'released')
  assert.deepEqual(await ended(server), stopped)
  assert.doesNotMatch(server.log(mark), /Booting worker|Ready:/)
})

test('past the graceful timeout it ends all the same, with exit code 0', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--graceful-timeout', '1'] })
  const held = await holdRequest(t, server)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), stopped)
  assert.ok((await held.answer) instanceof RequestFailure)
})

test('past the graceful timeout a worker that blocks is killed, and the exit code is 0', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--graceful-timeout', '1', '-t', '600'] })
  const failed = request(server, '/hang?announce=hang').catch((failure: RequestFailure) => failure)
  await server.waitForLog(/running hang/)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), stopped)
  assert.ok((await failed) instanceof RequestFailure)
})

for (const [what, source] of [
  ['waits for ever', 'await new Promise((resolve) => setTimeout(resolve, 600_000))'],
  ['blocks its loop', 'for (;;);'],
] as const) {
  test(`TERM while the app ${what} at its start: exit code 0`, async (t) => {
    const { path } = temporaryFolder(t, { 'app.mjs': source })
    const args = ['-w', '2', '--graceful-timeout', '1']
    const server = await startServer(t, { app: path('app.mjs'), args, waitForReady: false })
    await server.waitForLog(/Booting worker with pid/)
    server.signal('SIGTERM')
    assert.deepEqual(await ended(server), stopped)
  })
}

test('TERM while a reload boots its workers: the running request is answered, exit code 0', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('one') })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'] })
  const held = await holdRequest(t, server)
  deploy('app.mjs', 'await new Promise((resolve) => setTimeout(resolve, 600_000))')
  const mark = server.mark()
  server.signal('SIGHUP')
  await server.waitForLog(/Booting worker with pid/, { after: mark })
  server.signal('SIGTERM')
  await doorIsClosed(server)
  held.release()
  assertAnswered(await held.answer, 'released')
  assert.deepEqual(await ended(server), stopped)
})

test('TERM: what the kernel had queued is answered; gunicorn’s sync worker answered 1 of 4', async (t) => {
  const server = await startServer(t, { args: ['-w', '1'] })
  const first = request(server, '/block?ms=1000&announce=first')
  await server.waitForLog(/running first/)
  const queued = await Promise.all([1, 2, 3].map(() => connect(t, server)))
  for (const connection of queued) connection.send(getRequest('/block?ms=1000', 'Connection: close\r\n'))
  server.signal('SIGTERM')
  assertAnswered(await first, 'blocked')
  for (const connection of queued) {
    assert.equal(await connection.closed, 'end')
    assert.match(connection.received(), /^HTTP\/1\.1 200 OK[\s\S]*blocked/)
  }
  assert.deepEqual(await ended(server), stopped)
})
