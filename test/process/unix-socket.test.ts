import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { request } from './harness/request.js'
import { ended, runServer, startServer } from './harness/server.js'

/** Leaves the socket file of a process that was killed while it listened. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = 'require("node:net").createServer().listen(process.argv[1], () => console.log("listening"))'
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(existsSync(path))
}

test('a unix socket serves, and its file is gone at the end', async (t) => {
  const socketPath = temporaryFolder(t).path('app.sock')
  const server = await startServer(t, { args: ['-w', '2', '-b', `unix:${socketPath}`] })
  assert.equal((await request({ port: 0, socketPath })).status, 200)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.equal(existsSync(socketPath), false)
})

test('a stale socket file is taken over', async (t) => {
  const socketPath = temporaryFolder(t).path('app.sock')
  await leaveStaleSocket(socketPath)
  await startServer(t, { args: ['-b', `unix:${socketPath}`] })
  assert.equal((await request({ port: 0, socketPath })).status, 200)
})

test('a live socket is refused with a sentence that names it, and its server goes on', async (t) => {
  const socketPath = temporaryFolder(t).path('app.sock')
  await startServer(t, { args: ['-b', `unix:${socketPath}`] })
  const { code, log } = await runServer(t, { args: ['-b', `unix:${socketPath}`] })
  assert.equal(code, 1)
  assert.match(log, new RegExp(`unix:${socketPath}.* is already in use`))
  assert.equal((await request({ port: 0, socketPath })).status, 200)
})

test('a file that is no socket is refused and kept', async (t) => {
  const { path } = temporaryFolder(t, { 'app.sock': 'precious' })
  const { code, log } = await runServer(t, { args: ['-b', `unix:${path('app.sock')}`] })
  assert.equal(code, 1)
  assert.ok(log.includes(path('app.sock')))
  assert.equal(readFileSync(path('app.sock'), 'utf8'), 'precious')
})

test('a file that has replaced the socket is not unlinked at the end', async (t) => {
  const { path } = temporaryFolder(t)
  const server = await startServer(t, { args: ['-b', `unix:${path('app.sock')}`] })
  unlinkSync(path('app.sock'))
  writeFileSync(path('app.sock'), 'of another')
  server.signal('SIGTERM')
  await ended(server)
  assert.equal(readFileSync(path('app.sock'), 'utf8'), 'of another')
})

test('the socket survives reloads and loses no request: workers that leave do not unlink it', async (t) => {
  const socketPath = temporaryFolder(t).path('app.sock')
  const server = await startServer(t, { args: ['-w', '2', '-b', `unix:${socketPath}`] })
  const { ino } = statSync(socketPath)
  const load = startLoad(t, { port: 0, socketPath }, { keepAlive: 2, fresh: 2 })
  for (const generation of [2, 3, 4]) {
    server.signal('SIGHUP')
    await server.waitForLog(new RegExp(`Ready: generation ${generation}, 2 workers`))
    await load.answers(20)
  }
  assertNoneFailed(await load.stop())
  assert.equal(statSync(socketPath).ino, ino)
})
