import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { recordOutput } from './harness/output.js'
import { poll, within } from './harness/poll.js'
import { childrenOf, signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import { runServer, type Server, startServer } from './harness/server.js'

const thousandLines = 'for (let line = 0; line < 1000; line++) console.log("line", line)\nprocess.exit(1)'
const allLines = Array.from({ length: 1000 }, (_, line) => `line ${line}`)

test('1000 lines into a file and then process.exit(1): none is lost; PM2 7 loses 999', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': thousandLines })
  const output = openSync(path('stdout'), 'a')
  t.after(() => closeSync(output))
  const { code } = await runServer(t, { app: path('app.mjs'), output })
  assert.equal(code, 3)
  assert.deepEqual(readFileSync(path('stdout'), 'utf8').trimEnd().split('\n'), allLines)
})

test('1000 lines into a pipe and then process.exit(1): none is lost', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': thousandLines })
  const { descriptor, reader } = openPipe(t)
  const received = recordOutput(reader.stdout)
  const { code } = await runServer(t, { app: path('app.mjs'), output: descriptor })
  closeSync(descriptor)
  assert.equal(code, 3)
  await within(received.ended, { what: 'the reader has read to the end' })
  assert.deepEqual(received.text().trimEnd().split('\n'), allLines)
})

test('the last lines on stderr of an app that exits are forwarded', async (t) => {
  const { path } = temporaryFolder(t, {
    'app.mjs': 'import fs from "node:fs"\nfs.writeSync(2, "the last words\\n")\nprocess.exit(1)',
  })
  const { code, log } = await runServer(t, { app: path('app.mjs') })
  assert.equal(code, 3)
  assert.match(log, /the last words/)
})

/** What is too much for the reader may be dropped; what comes when it reads again must be there. */
function isHeardAgain(server: Server): Promise<true> {
  return poll(
    async () => {
      await request(server, '/stderr?text=heard%0A')
      return server.log().includes('heard')
    },
    { what: 'what a worker says is heard again' },
  )
}

/** With the reader asleep and workers that write megabytes, signals and requests go on as ever. */
async function servesWithoutReader(server: Server): Promise<void> {
  const lines = 20_000
  for (let count = 0; count < 4; count++)
    assert.equal((await request(server, `/spam?lines=${lines}`)).body, 'spammed')
  const before = childrenOf(server.pid).length
  server.signal('SIGTTIN')
  await poll(() => childrenOf(server.pid).length === before + 1, { what: 'the arbiter reacts to TTIN' })
  for (let count = 0; count < 20; count++) assert.equal((await request(server)).status, 200)
}

const linux = process.platform === 'linux'

test('a reader that stops reading a socket does not block the arbiter', {
  skip: !linux && 'needs /proc',
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  server.child.stderr?.pause()
  await servesWithoutReader(server)
  server.child.stderr?.resume()
  await isHeardAgain(server)
})

test('a reader that stops reading a pipe does not block the arbiter', {
  skip: !linux && 'needs /proc',
}, async (t) => {
  const { descriptor, reader } = openPipe(t)
  const server = await startServer(t, {
    args: ['-w', '2'],
    errorOutput: { descriptor, source: reader.stdout },
  })
  closeSync(descriptor)
  signalProcess(reader.pid ?? 0, 'SIGSTOP')
  await servesWithoutReader(server)
  signalProcess(reader.pid ?? 0, 'SIGCONT')
  await isHeardAgain(server)
})

/** A named pipe and a process that reads it: unlike a pipe of this process, that one can be put to sleep. */
function openPipe(t: TestContext) {
  const path = temporaryFolder(t).path('pipe')
  assert.equal(spawnSync('mkfifo', [path]).status, 0)
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => reader.kill('SIGKILL'))
  return { descriptor: openSync(path, 'w'), reader }
}

test('a reader that goes away ends neither the arbiter nor its workers', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const [worker] = server.workers()
  server.child.stderr?.destroy()
  assert.equal((await request(server, '/spam?lines=2000')).body, 'spammed')
  server.signal('SIGHUP')
  await poll(async () => (await request(server)).pid !== worker?.pid, { what: 'a new worker answers' })
  assert.equal(server.child.exitCode, null)
})
