import assert from 'node:assert/strict'
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { ask, nworkersctl, startControlled } from './harness/control.js'
import { holdRequest } from './harness/held.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import { ended, runServer, startServer } from './harness/server.js'

test('status tells the fleet as the contract has it', async (t) => {
  const { server, control } = await startControlled(t, { args: ['-w', '2'] })
  await request(server)
  const status = await poll(
    async () => {
      const now = await control.status()
      const haveBeaten = now.workers.every(({ loopDelayMs }) => loopDelayMs !== null)
      return haveBeaten && now.workers.reduce((sum, { requests }) => sum + requests, 0) === 1 && now
    },
    { what: 'beats tell of the workers and the request' },
  )
  assert.equal(status.pid, server.pid)
  assert.equal(status.state, 'running')
  assert.deepEqual([status.generation, status.target, status.lastReload], [1, 2, null])
  assert.deepEqual(
    status.workers.map(({ slot, pid, state, restarts }) => ({ slot, pid, state, restarts })),
    server.workers().map((worker) => ({ ...worker, state: 'ready', restarts: 0 })),
  )
  for (const { startedAt, loopDelayMs, utilization, cpu, privateBytes } of status.workers) {
    assert.ok(Math.abs(Date.now() - Date.parse(startedAt)) < 60_000, startedAt)
    for (const measure of [loopDelayMs, utilization, cpu, privateBytes])
      assert.equal(typeof measure, 'number')
  }
  const [listener] = status.listeners
  assert.equal(listener?.address, server.url)
  assert.ok(listener && listener.backlog > 0)
  if (process.platform === 'linux') assert.equal(listener.queued, 0)
  assert.equal(statSync(control.socketPath).mode & 0o777, 0o600)
})

test('the accept queue of a busy worker is told, for TCP and for a unix socket', {
  skip: process.platform !== 'linux' && 'Linux alone tells',
}, async (t) => {
  const path = temporaryFolder(t).path('app.sock')
  const { server, control } = await startControlled(t, { args: ['-b', '127.0.0.1:0', '-b', `unix:${path}`] })
  const blocked = request(server, '/block?ms=4000&announce=blocked').catch(() => {})
  await server.waitForLog(/running blocked/)
  const waiting = [server, server, { port: 0, socketPath: path }].map((target) =>
    request(target, '/', { timeout: 60_000 }),
  )
  await poll(
    async () => (await control.status()).listeners.map(({ queued }) => queued ?? 'unknown').join() === '2,1',
    { what: 'two connections wait at one address, one at the other' },
  )
  await Promise.all([blocked, ...waiting])
})

test('reload --wait shows the rollout, and fails with the reason when it is rolled back', async (t) => {
  const folder = temporaryFolder(t, { 'app.mjs': probeSource('one') })
  const { server, control } = await startControlled(t, {
    app: `${folder.path('app.mjs')}:app`,
    args: ['-w', '2'],
  })
  const load = startLoad(t, server)
  folder.deploy('app.mjs', probeSource('two'))
  const good = await control.ctl('reload', '--wait')
  assert.equal(good.code, 0, good.stderr)
  assert.match(
    good.stdout,
    /^Generation 2 replaces generation 1\.\nSlot \d: replaced, 1 of 2\.\nSlot \d: replaced, 2 of 2\.\nGeneration 2 serves, after /,
  )
  folder.deploy('app.mjs', 'throw new Error("broken on purpose")')
  const bad = await control.ctl('reload', '--wait')
  assert.equal(bad.code, 1)
  assert.match(
    bad.stderr,
    /Generation 3 failed: boot-failure, .*; generation 2 stays\.\n.*Error: broken on purpose/s,
  )
  const { lastReload } = await control.status()
  assert.deepEqual([lastReload?.generation, lastReload?.verdict], [3, 'failed'])
  assertNoneFailed(await load.stop())
})

test('each of two reloads at once follows its own rollout', async (t) => {
  const { control } = await startControlled(t)
  const [first, second] = await Promise.all(
    [1, 2].map(() => ask(control.socketPath, 'POST', '/v1/reload?wait=1')),
  )
  const verdicts = [first, second].map((answer) => JSON.parse(answer?.body.trim().split('\n').at(-1) ?? ''))
  assert.deepEqual(verdicts.map(({ verdict, generation }) => [verdict, generation]).sort(), [
    ['done', 2],
    ['done', 3],
  ])
})

test('scale, restart, trace, config', async (t) => {
  const { server, control } = await startControlled(t, { args: ['-w', '1'] })
  assert.match((await control.ctl('scale', '+1')).stdout, /1 before, 2 now/)
  await server.waitForLog(/Ready: generation 1, 2 workers/)
  const before = server.workers()

  assert.equal((await control.ctl('restart', '1')).code, 0)
  await server.waitForLog(new RegExp(`Worker ${before[1]?.pid} \\(slot 1\\) exited: request`))
  assert.equal(server.workers()[0]?.pid, before[0]?.pid)

  assert.match((await control.ctl('scale', '1')).stdout, /2 before, 1 now/)
  await poll(async () => (await control.status()).workers.length === 1, { what: 'one worker is left' })
  for (const words of [
    ['restart', '7'],
    ['trace', '7'],
    ['scale', '-5'],
  ]) {
    assert.equal((await control.ctl(...words)).code, 1, words.join(' '))
  }
  assert.match((await control.ctl('config')).stdout, /^workers +=/m)
})

test('trace shows where a worker is, and the worker goes on with its inspector shut', async (t) => {
  const { server, control } = await startControlled(t)
  const idle = await control.ctl('trace', '0')
  assert.equal(idle.code, 0, idle.stderr)
  assert.match(idle.stdout, /its event loop waits/i)
  const [worker] = server.workers()
  for (const round of ['first', 'second']) {
    const until = temporaryFolder(t).path(round)
    const spun = request(server, `/spin?announce=${round}&until=${until}`, { timeout: 60_000 })
    await server.waitForLog(new RegExp(`running ${round}`))
    const { stdout } = await control.ctl('trace', '0')
    assert.match(stdout, /GET \/spin.*probe\.mjs/s)
    writeFileSync(until, '')
    assert.equal((await spun).body, 'spun')
  }
  assert.equal((await request(server)).status, 200)
  assert.deepEqual(server.workers()[0], worker)
  if (worker && process.platform === 'linux')
    await poll(() => !listensByItself(worker.pid), { what: 'the inspector is shut' })
  assert.doesNotMatch(server.log(), /Debugger|ws:\/\/|For help/)
})

test('a worker survives any number of traces, whatever it is doing', async (t) => {
  const { path: file } = temporaryFolder(t, {
    'app.mjs': `export const app = (request, response) => {
      const end = performance.now() + 60
      while (performance.now() < end);
      response.end('spun')
    }`,
  })
  const { server, control } = await startControlled(t, { app: file('app.mjs') })
  const [worker] = server.workers()
  for (let round = 0; round < 60; round++) {
    const spun = request(server)
    // It meets the worker at another moment of its turn each time.
    const { body } = await ask(control.socketPath, 'GET', '/v1/workers/0/trace')
    assert.equal((await spun).body, 'spun')
    // Also where it was in code of Node that the app had called.
    if (body.includes('app.mjs')) assert.match(body, /It was answering GET \//)
  }
  assert.deepEqual(server.workers(), [worker])
})

test('stop waits for the end; stop --quick does not wait for requests', async (t) => {
  const graceful = await startControlled(t)
  const held = await holdRequest(t, graceful.server)
  const stopping = graceful.control.ctl('stop')
  await graceful.server.waitForLog(/Stopping/)
  assert.equal((await ask(graceful.control.socketPath, 'POST', '/v1/reload')).status, 409)
  held.release()
  assert.equal((await stopping).code, 0)
  assert.equal((await ended(graceful.server)).code, 0)
  assert.ok(!existsSync(graceful.control.socketPath), 'the socket is removed')
  assert.ok(!existsSync(`${graceful.control.socketPath}.lock`), 'and its lock')
  assert.equal((await graceful.control.ctl('status')).code, 3)

  const quick = await startControlled(t)
  await holdRequest(t, quick.server)
  assert.equal((await quick.control.ctl('stop', '--quick')).code, 0)
  assert.equal((await ended(quick.server)).code, 0)
})

test('a control socket in use is refused, a stale one replaced', async (t) => {
  const { server, control } = await startControlled(t)
  const second = await runServer(t, { args: ['--control-socket', control.socketPath] })
  assert.equal(second.code, 1)
  assert.match(second.log, new RegExp(`Control socket .*: process ${server.pid} serves it`))
  assert.equal((await control.status()).pid, server.pid)

  signalProcess(server.pid, 'SIGKILL')
  await server.exit.catch(() => {})
  assert.ok(existsSync(control.socketPath), 'it is stale now')
  const third = await startServer(t, { args: ['--control-socket', control.socketPath] })
  assert.equal((await control.status()).pid, third.pid)
})

test('nworkersctl finds the socket by option, variable and pidfile, and tells what is wrong', async (t) => {
  const { control } = await startControlled(t)
  const { path } = temporaryFolder(t)
  symlinkSync(control.socketPath, path('control.sock'))
  const found = [
    await nworkersctl(['status', '--json', '-s', control.socketPath]),
    await nworkersctl(['status', '--json'], { NWORKERS_CONTROL_SOCKET: control.socketPath }),
    await nworkersctl(['status', '--json', '-p', path('app.pid')]),
    await nworkersctl(['status', '--json'], { NWORKERS_PID: path('app.pid') }),
  ]
  for (const { code, stdout } of found) assert.deepEqual([code, JSON.parse(stdout).state], [0, 'running'])
  for (const [words, code] of [
    [['status'], 3],
    [['status', '-s', path('none.sock')], 3],
    [['frobnicate'], 2],
    [[], 2],
    [['scale', 'many', '-s', control.socketPath], 2],
    [['--help'], 0],
  ] as const) {
    assert.equal((await nworkersctl([...words])).code, code, words.join(' '))
  }
})

/** Whether the process holds a listening TCP socket besides those it has inherited. */
function listensByItself(pid: number): boolean {
  const sockets = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
    if (inode) sockets.add(inode)
  }
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const listening = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === '0A')
  return listening.filter((fields) => sockets.has(fields[9] ?? '')).length > 1
}
