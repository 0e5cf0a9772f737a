import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { hasProcessList, isAlive, signalProcess } from './harness/processes.js'
import { identify } from './harness/request.js'
import { startServer } from './harness/server.js'

test('a reload whose app says something and exits: the verdict repeats its last lines; PM2 7 says ✓ and refused 2050 connections', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('good') })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'] })
  const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
  deploy(
    'app.mjs',
    `for (let line = 1; line <= 100; line++) console.error('the model said ' + line)
    process.exit(9)`,
  )
  server.signal('SIGHUP')
  await server.waitForLog(
    /Reload: generation 2 failed: boot-failure, .*process\.exit\(9\).*; generation 1 stays/,
  )
  await server.waitForLog(/\| the model said 100$/m)
  // The old worker has the slot: there is no next try.
  await server.waitForLog(/Worker \d+ \(slot 0\) exited: boot-failure \(exit code 9\)$/m)
  const quoted = server.log().match(/^\[.*\| the model said \d+$/gm) ?? []
  assert.ok(quoted.length >= 5 && quoted.length <= 20, `${quoted.length} lines are repeated`)
  await load.answers(20)
  assertNoneFailed(await load.stop())
  assert.equal((await identify(server)).version, 'good')
})

test('a new worker that becomes ready and dies at once fails the reload, the old ones stay', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('good') })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'] })
  const before = server.workers()
  const load = startLoad(t, server, { keepAlive: 2, fresh: 0 })
  deploy(
    'app.mjs',
    `import http from 'node:http'
    const server = http.createServer()
    export const app = server.once('listening', () => setTimeout(() => process.exit(8), 20))`,
  )
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 failed: crash, exit code 8; generation 1 stays/)
  await load.answers(20)
  await load.stop()
  assert.deepEqual(server.workers(), before)
})

/** A module that goes on when the file of its slot is there: in slot 0 it throws then, in slot 1 it serves. */
function waitingForSlot(folder: string): string {
  const wait = `import { existsSync } from 'node:fs'
    const slot = process.env.NWORKERS_WORKER_SLOT
    while (!existsSync(${JSON.stringify(folder)} + '/go-' + slot)) await new Promise((resolve) => setTimeout(resolve, 10))
    if (slot === '0') throw new Error('broken on purpose')`
  return probeSource('new', wait)
}

test('a reload fails before the arbiter has heard that another new worker serves: what that one has accepted is answered', {
  skip: !hasProcessList && 'looks into /proc',
}, async (t) => {
  const { path, folder, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('old') })
  const args = ['-w', '2', '--reload-surge', '2', '--drain-linger', '1']
  const server = await startServer(t, { app: path('app.mjs'), args })
  const old = server.workers()
  deploy('app.mjs', waitingForSlot(folder))
  server.signal('SIGHUP')
  await server.waitForLog(/\(slot 0\), generation 2[\s\S]*\(slot 1\), generation 2/)
  const [failing] = server.workers().filter(({ slot, pid }) => slot === 0 && pid !== old[0]?.pid)

  // The arbiter hears nothing until both have spoken, the one that fails first.
  signalProcess(server.pid, 'SIGSTOP')
  for (const { pid } of old) signalProcess(pid, 'SIGSTOP')
  deploy('go-0', '')
  await poll(() => !isAlive(failing?.pid ?? 0), { what: 'the worker in slot 0 has failed' })
  deploy('go-1', '')
  const connection = await connect(t, server)
  connection.send(getRequest(`/held?begin=1&until=${path('released')}`))
  await poll(() => connection.received().includes('begin'), { what: 'the worker in slot 1 answers' })
  for (const pid of [...old.map((worker) => worker.pid), server.pid]) signalProcess(pid, 'SIGCONT')

  await server.waitForLog(/Reload: generation 2 failed: boot-failure, .*; generation 1 stays/)
  deploy('released', '')
  await poll(() => connection.received().includes('released') || connection.isClosed(), { what: 'the end' })
  assert.match(connection.received(), /x-pid: \d+[\s\S]*begin [\s\S]*released/i)
  await server.waitForLog(/Worker \d+ \(slot 1\) exited: reload \(exit code 0\)/)
  assert.deepEqual(server.workers(), old)
})

test('after a failed reload a worker that dies comes back with the old settings, and the log says of which generation', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('good') })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2', '-e', 'NAME=value'] })
  deploy('app.mjs', 'throw new Error("broken on purpose")')
  server.signal('SIGHUP')
  await server.waitForLog(/Booting worker with pid: \d+ \(slot 0\), generation 2/)
  await server.waitForLog(/Reload: generation 2 failed: .*; generation 1 stays/)

  deploy('app.mjs', probeSource('good'))
  const [victim] = server.workers()
  assert.ok(victim)
  const mark = server.mark()
  signalProcess(victim.pid, 'SIGKILL')
  await server.waitForLog(/Booting worker with pid: \d+ \(slot 0\)$/m, { after: mark })
  await poll(() => server.workers().length === 2, { what: 'both slots are served' })
  for (let count = 0; count < 4; count++) assert.equal((await identify(server)).generation, '1')
})

test('a worker that dies between a deploy and the reload shows in the log: its successor has the new code and the old generation', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('old') })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '1'] })
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 1 workers?/)
  deploy('app.mjs', probeSource('new'))
  await poll(() => server.workers().length === 1, { what: 'the old worker has left' })
  const [victim] = server.workers()
  const mark = server.mark()
  signalProcess(victim?.pid ?? 0, 'SIGKILL')
  await server.waitForLog(
    /^\[\d{4}-\d\d-\d\d \S+ \S+\] .*Booting worker with pid: \d+ \(slot 0\), generation 2$/m,
    {
      after: mark,
    },
  )
  const now = await identify(server)
  assert.deepEqual([now.version, now.generation], ['new', '2'])
})
