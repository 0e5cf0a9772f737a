import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { identify, RequestFailure, request } from './harness/request.js'
import { type Server, startServer } from './harness/server.js'

const source = `
import { readFileSync } from 'node:fs'
function spinForEver() {
  for (;;);
}
export const app = (request, response) => {
  if (request.url.startsWith('/spin')) spinForEver()
  // Nobody writes to the pipe, so opening it never ends.
  if (request.url.startsWith('/native')) readFileSync(new URL('pipe', import.meta.url))
  if (request.url.startsWith('/slow')) return
  response.end(JSON.stringify({ pid: process.pid }))
}
`

/** What the log says between the verdict on the worker and its exit. */
async function evidence(server: Server, pid: number): Promise<string> {
  await server.waitForLog(new RegExp(`Worker ${pid} \\(slot \\d\\) exited: hung`))
  const log = server.log()
  return log.slice(
    log.indexOf(`Worker ${pid} (slot 0) is hung`),
    log.indexOf(`Worker ${pid} (slot 0) exited`),
  )
}

async function isServedAgain(server: Server, pid: number): Promise<void> {
  assert.notEqual((await identify(server)).pid, pid)
  await poll(() => server.workers().length === 1, { what: 'the slot is served again' })
}

function startApp(t: Parameters<typeof startServer>[0]): Promise<Server> {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  assert.equal(spawnSync('mkfifo', [path('pipe')]).status, 0)
  return startServer(t, { app: path('app.mjs'), args: ['-w', '1', '-t', '2'] })
}

const failed = (failure: RequestFailure) => failure

describe('a hung worker', { concurrency: 2 }, () => {
  test('a busy loop: the log has slot, seconds, the requests it was answering and the stack with function and file; gunicorn says “WORKER TIMEOUT” (E20)', async (t) => {
    const server = await startApp(t)
    const { pid } = await identify(server)
    const slow = request(server, '/slow?first').catch(failed)
    await request(server)
    const spin = request(server, '/spin?model=big', { method: 'POST', body: 'x' }).catch(failed)
    const told = await evidence(server, pid)
    assert.ok((await spin) instanceof RequestFailure)
    assert.ok((await slow) instanceof RequestFailure)
    assert.match(told, /\(slot 0\) is hung: its event loop has been silent for [2-9](\.\d)? s/)
    assert.match(told, /It was answering GET \/slow\?first/)
    assert.match(told, /It was answering POST \/spin\?model=big/)
    assert.match(told, /at spinForEver \(\S*app\.mjs:4:\d+\)/)
    assert.match(told, /at app \(\S*app\.mjs:7:\d+\)/)
    // The address would let whoever reads the log into the process.
    assert.doesNotMatch(server.log(), /ws:\/\//)
    await isServedAgain(server, pid)
  })

  test('native code: the log says that no stack can be read there', async (t) => {
    const server = await startApp(t)
    const { pid } = await identify(server)
    const waiting = request(server, '/native').catch(failed)
    assert.match(await evidence(server, pid), /It is in native code.*, so its stack can not be read/)
    assert.ok((await waiting) instanceof RequestFailure)
    await isServedAgain(server, pid)
  })

  test('SIGSTOP of one worker: the log says it is stopped, and it is replaced', async (t) => {
    const server = await startApp(t)
    const { pid } = await identify(server)
    signalProcess(pid, 'SIGSTOP')
    assert.match(await evidence(server, pid), /The process is stopped \(SIGSTOP/)
    await isServedAgain(server, pid)
  })

  test('a suspension of arbiter and workers for longer than --timeout: nobody is blamed for it', async (t) => {
    const server = await startServer(t, { args: ['-w', '2', '-t', '2', '--log-level', 'debug'] })
    const before = server.workers()
    const everybody = [server.pid, ...before.map(({ pid }) => pid)]
    for (const pid of everybody) signalProcess(pid, 'SIGSTOP')
    t.after(() => {
      for (const pid of everybody) signalProcess(pid, 'SIGCONT')
    })
    const asleepUntil = performance.now() + 3_500
    await poll(() => performance.now() > asleepUntil, { what: 'it has slept longer than --timeout' })
    for (const pid of everybody) signalProcess(pid, 'SIGCONT')
    await server.waitForLog(/The arbiter stood still for [2-9]/)
    // Whoever were blamed would be called hung at the next look, which is at least one a second.
    const patience = performance.now() + 1_200
    await poll(() => performance.now() > patience, {
      what: 'the time in which somebody could be blamed is over',
    })
    assert.deepEqual(server.workers(), before)
    assert.doesNotMatch(server.log(), /hung|exited/)
    assert.equal((await request(server)).status, 200)
  })
})
