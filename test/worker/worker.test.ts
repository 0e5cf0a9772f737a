import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bindAddress } from '../../src/sockets/bind.js'
import { poll } from '../process/harness/poll.js'
import { connect, get } from './harness/client.js'
import { startWorker, type TestWorker } from './harness/worker.js'

async function ask(t: TestContext, worker: TestWorker, path = '/') {
  const client = await connect(t, worker.port)
  client.send(get(path, 'Connection: close\r\n'))
  await client.closed()
  return client.answers()[0]
}

/** Leaves a request running; resolves when its handler has it. */
async function hold(t: TestContext, worker: TestWorker, at: number | string = worker.port) {
  const client = await connect(t, at)
  client.send(get('/held'))
  await worker.appTold('held')
  return { client, release: () => worker.send({ type: 'release', path: '/held' }) }
}

const done = { code: 0, signal: null }

test('it tells that it has loaded, is ready, and serves as a process of its own', async (t) => {
  const worker = await startWorker(t)
  assert.deepEqual(
    worker.messages().map((message) => message.type),
    ['loaded', 'ready'],
  )
  assert.equal((await worker.told('loaded')).kind, 'http.Server')
  const self = JSON.parse((await ask(t, worker, '/self'))?.body ?? '')
  assert.equal(self.pid, worker.pid)
  assert.equal(self.title, 'nworkers: worker 2 [test]')
  assert.equal(self.argv.length, 2)
  assert.match(self.argv[1], /fixtures\/worker\/app\.mjs$/)
  assert.equal(self.address.port, worker.port)
  if (process.platform === 'linux') {
    assert.match(readFileSync(`/proc/${worker.pid}/cmdline`, 'utf8'), /^nworkers: worker 2 \[test\]/)
  }
})

test('75 s of keep-alive replace Node’s default and not the choice of the app, which the setting beats', async (t) => {
  const keepAliveOf = async (worker: TestWorker) =>
    JSON.parse((await ask(t, worker, '/self'))?.body ?? '').keepAliveTimeout
  const env = { KEEP_ALIVE: '1234' }
  assert.equal(await keepAliveOf(await startWorker(t)), 75_000)
  assert.equal(await keepAliveOf(await startWorker(t, { env })), 1234)
  assert.equal(await keepAliveOf(await startWorker(t, { env, settings: { keepAlive: 5678 } })), 5678)
})

test('a check loads the app, tells its kind and ends', async (t) => {
  const worker = await startWorker(t, { purpose: 'check', waitForReady: false, addresses: [] })
  assert.equal((await worker.told('loaded')).kind, 'http.Server')
  assert.deepEqual(await worker.exited(), done)
  assert.deepEqual(worker.messages().length, 1)
})

for (const { app, code, exitCode, says } of [
  { app: './nowhere.mjs', code: 'NWORKERS_E_SPECIFIER', exitCode: 4, says: /No such module/ },
  { app: './throws.mjs', code: 'NWORKERS_E_BOOT', exitCode: 3, says: /broken deploy[\s\S]*throws\.mjs:1/ },
  { app: './throws-later.mjs', code: 'NWORKERS_E_BOOT', exitCode: 3, says: /broken in the background/ },
]) {
  test(`${app} fails with exit code ${exitCode}`, async (t) => {
    const worker = await startWorker(t, { app, waitForReady: false })
    const failed = await worker.told('failed')
    assert.equal(failed.code, code)
    assert.equal(failed.exitCode, exitCode)
    assert.match(failed.message, says)
    assert.deepEqual(await worker.exited(), { code: exitCode, signal: null })
  })
}

test('an address that another arbiter has bound too fails like any address in use', async (t) => {
  const bound = await bindAddress({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  t.after(() => bound.close())
  // Both may bind, since neither listens.
  const other = await startWorker(t, { addresses: [bound.address] })
  const worker = await startWorker(t, { shared: [bound], waitForReady: false })
  const failed = await worker.told('failed')
  assert.equal(failed.code, 'EADDRINUSE')
  assert.equal(failed.exitCode, 1)
  assert.equal(failed.url, bound.url)
  assert.ok(failed.message.startsWith(`Address ${bound.url} is already in use`), failed.message)
  if (process.platform === 'linux')
    assert.ok(failed.message.includes(`process ${process.pid}`), failed.message)
  assert.deepEqual(await worker.exited(), { code: 1, signal: null })
  assert.equal((await ask(t, other))?.body, 'hello')
})

test('beats tell what it is busy with', async (t) => {
  const worker = await startWorker(t)
  await ask(t, worker)
  const { client } = await hold(t, worker)
  const beat = await poll(
    () => worker.messages().find((message) => message.type === 'beat' && message.inFlight === 1),
    { what: 'a beat tells of the request' },
  )
  assert.ok(beat.type === 'beat')
  assert.equal(beat.requests, 1)
  assert.equal(beat.connections, 1)
  assert.ok(beat.utilization >= 0 && beat.utilization <= 1)
  client.socket.destroy()
})

test('beats tell how long the event loop stood still', async (t) => {
  const worker = await startWorker(t)
  await worker.told('beat')
  await ask(t, worker, '/block?ms=600')
  await poll(
    () => worker.messages().some((message) => message.type === 'beat' && message.loopDelayMs >= 500),
    { what: 'a beat tells of the delay' },
  )
})

test('a drain answers what runs, cleans up after the last connection, and ends with code 0', async (t) => {
  const worker = await startWorker(t)
  const { client, release } = await hold(t, worker)
  worker.drain({ linger: 100 })
  await worker.appTold('drain')
  release()
  const answer = await client.answer(1)
  assert.equal(answer.body, 'released')
  assert.equal(answer.headers.get('connection'), 'close')
  assert.deepEqual(await worker.exited(), done)
  assert.equal((await worker.appTold('stop')).open, 0)
  assert.ok(!worker.messages().some((message) => message.type === 'leaving'))
})

test('a quit message during a drain hurries it', async (t) => {
  const worker = await startWorker(t)
  const { client } = await hold(t, worker)
  worker.drain()
  await worker.appTold('drain')
  worker.send({ type: 'quit' })
  assert.deepEqual(await worker.exited(), done)
  await client.closed()
  await worker.appTold('stop')
})

test('a quit message ends it at once, with a bounded clean-up', async (t) => {
  const worker = await startWorker(t, { env: { CLEAN_UP: 'never' } })
  const { client } = await hold(t, worker)
  worker.send({ type: 'quit' })
  assert.deepEqual(await worker.exited(), done)
  await client.closed()
  assert.equal(client.received(), '')
})

test('a second drain order changes nothing but may be sooner', async (t) => {
  const worker = await startWorker(t)
  await hold(t, worker)
  worker.drain()
  worker.drain({ last: true })
  worker.drain({ gracefulTimeout: 100 })
  assert.deepEqual(await worker.exited(), done)
  assert.match(worker.stderr(), /\[WARNING\] The graceful timeout is over: 1 busy connection was cut\./)
})

test('an order that comes while the app loads ends it', async (t) => {
  const worker = await startWorker(t, { app: './throws-later.mjs', waitForReady: false })
  worker.send({ type: 'quit' })
  const { code } = await worker.exited()
  assert.ok(code === 0 || code === 3)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} from outside: it tells that it leaves, and ends with code 0`, async (t) => {
    const worker = await startWorker(t)
    const { client, release } = await hold(t, worker)
    worker.child.kill(signal)
    assert.equal((await worker.told('leaving')).reason, 'request')
    if (signal === 'SIGTERM') {
      release()
      assert.equal((await client.answer(1)).body, 'released')
    }
    assert.deepEqual(await worker.exited(), done)
    await worker.appTold('stop')
  })
}

test('SIGHUP, SIGUSR2, SIGTTIN, SIGTTOU and SIGWINCH change nothing, a second SIGTERM neither', async (t) => {
  const worker = await startWorker(t)
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'] as const)
    worker.child.kill(signal)
  const { client, release } = await hold(t, worker)
  worker.child.kill('SIGTERM')
  await worker.appTold('drain')
  worker.child.kill('SIGTERM')
  worker.child.kill('SIGHUP')
  release()
  assert.equal((await client.answer(1)).body, 'released')
  assert.deepEqual(await worker.exited(), done)
})

test('an uncaught exception: told once, what else runs is answered, exit code 1', async (t) => {
  const worker = await startWorker(t, { settings: { drainLinger: 100 } })
  const { client, release } = await hold(t, worker)
  const culprits = [await connect(t, worker.port), await connect(t, worker.port)]
  for (const culprit of culprits) culprit.send(get('/throw'))
  assert.equal((await worker.told('leaving')).reason, 'crash')
  release()
  assert.equal((await client.answer(1)).body, 'released')
  for (const culprit of culprits) culprit.socket.destroy()
  assert.deepEqual(await worker.exited(), { code: 1, signal: null })
  assert.equal(worker.stderr().split('Error: thrown on request').length, 2, worker.stderr())
  assert.match(
    worker.stderr(),
    /Uncaught exception, the worker ends\.\nError: thrown on request\n\s+at .*app\.mjs/,
  )
  assert.equal(worker.messages().filter((message) => message.type === 'leaving').length, 1)
})

test('an unhandled rejection is an uncaught exception; the request that failed is not waited for long', async (t) => {
  const worker = await startWorker(t)
  const client = await connect(t, worker.port)
  client.send(get('/reject'))
  assert.equal((await worker.told('leaving')).reason, 'crash')
  assert.deepEqual(await worker.exited(), { code: 1, signal: null })
  assert.match(worker.stderr(), /Error: rejected on request/)
})

test('an app that listens for uncaught exceptions decides itself', async (t) => {
  const worker = await startWorker(t, { env: { LISTENS_FOR_UNCAUGHT: 'yes' } })
  const client = await connect(t, worker.port)
  client.send(get('/throw'))
  assert.equal((await worker.appTold('uncaught')).message, 'thrown on request')
  assert.equal((await ask(t, worker))?.body, 'hello')
})

for (const [what, end] of [
  ['a drain', (worker: TestWorker) => worker.drain({ linger: 0 })],
  ['SIGTERM from outside', (worker: TestWorker) => worker.child.kill('SIGTERM')],
] as const) {
  test(`${what}: the app’s own listener runs when the last connection has ended; its server.close succeeds`, async (t) => {
    const worker = await startWorker(t, { env: { CLEAN_UP: 'close-and-exit' } })
    const { client, release } = await hold(t, worker)
    end(worker)
    await worker.appTold('drain')
    assert.ok(!worker.messages().some((message) => message.type === 'app' && message.event === 'signal'))
    release()
    await client.answer(1)
    assert.deepEqual(await worker.exited(), done)
    const { signal, number, open } = await worker.appTold('signal')
    assert.deepEqual({ signal, number, open }, { signal: 'SIGTERM', number: 15, open: 0 })
    assert.equal((await worker.appTold('server closed')).error, undefined)
  })
}

test('listeners that return a promise are awaited before the stop hook', async (t) => {
  const worker = await startWorker(t, { env: { CLEAN_UP: 'promise' } })
  worker.drain()
  assert.deepEqual(await worker.exited(), done)
  const events = worker.messages().flatMap((message) => (message.type === 'app' ? [message.event] : []))
  assert.deepEqual(
    events.filter((event) => event === 'signal' || event === 'stop'),
    ['signal', 'stop'],
  )
})

for (const kind of ['silent', 'endless', 'again']) {
  test(`a listener that does not tell when it is done, ${kind}`, async (t) => {
    const worker = await startWorker(t, { env: { CLEAN_UP: kind } })
    worker.drain()
    await worker.appTold('signal')
    assert.deepEqual(await worker.exited(), done)
    await worker.appTold('stop')
  })
}

test('clean-up that fails is told, and the worker ends in order', async (t) => {
  const worker = await startWorker(t, { env: { CLEAN_UP: 'failing' } })
  worker.drain()
  assert.deepEqual(await worker.exited(), done)
  assert.match(worker.stderr(), /A signal listener of the app failed: Error: listener failed/)
  assert.match(worker.stderr(), /The stop hook of the app failed: Error: stop failed/)
})

test('clean-up that never ends is cut when the graceful timeout is over', async (t) => {
  const worker = await startWorker(t, { env: { CLEAN_UP: 'never' } })
  worker.drain({ gracefulTimeout: 100 })
  assert.deepEqual(await worker.exited(), done)
})

test('without its arbiter it stops listening, answers what runs and ends', async (t) => {
  const worker = await startWorker(t, { settings: { drainLinger: 100 } })
  const client = await connect(t, worker.port)
  client.send(get('/block?ms=300'))
  await worker.appTold('blocking')
  worker.child.disconnect()
  assert.equal((await client.answer(1)).body, 'blocked')
  assert.deepEqual(await worker.exited(), done)
})

test('a broken stderr does not end it', async (t) => {
  const worker = await startWorker(t)
  worker.child.stderr?.destroy()
  assert.equal((await ask(t, worker, '/write'))?.body, 'written')
  assert.equal((await ask(t, worker, '/write'))?.body, 'written')
  worker.drain()
  assert.deepEqual(await worker.exited(), done)
})

/** A worker whose event loop blocks, and connections with a request that the kernel has queued meanwhile. */
async function queueUp(t: TestContext, worker: TestWorker, count: number) {
  const blocked = await connect(t, worker.port)
  blocked.send(get('/block?ms=1500', 'Connection: close\r\n'))
  await worker.appTold('blocking')
  const queued = await Promise.all(Array.from({ length: count }, () => connect(t, worker.port)))
  for (const one of queued) one.send(get('/'))
  return { blocked, queued }
}

test('the last drain answers what the kernel has queued', async (t) => {
  const worker = await startWorker(t)
  const { blocked, queued } = await queueUp(t, worker, 50)
  worker.drain({ last: true })
  for (const one of queued) {
    const answer = await one.answer(1)
    assert.equal(answer.body, 'hello')
    assert.equal(answer.headers.get('connection'), 'close')
  }
  assert.equal((await blocked.answer(1)).body, 'blocked')
  assert.deepEqual(await worker.exited(), done)
})

test('any other drain leaves the queue to its successor', async (t) => {
  const bound = await bindAddress({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  t.after(() => bound.close())
  const worker = await startWorker(t, { shared: [bound] })
  const { queued } = await queueUp(t, worker, 50)
  worker.drain()
  assert.deepEqual(await worker.exited(), done)
  // What the turn that read the order had accepted before is answered.
  assert.ok(queued.some((client) => client.received() === ''))
  await startWorker(t, { shared: [bound] })
  for (const one of queued) assert.equal((await one.answer(1)).body, 'hello')
})

test('it serves at several addresses, and each is drained', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nworkers-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'app.sock')
  const local = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
  const worker = await startWorker(t, { addresses: [local, { kind: 'unix', path }, local] })
  const third = worker.bound[2]?.address
  assert.ok(third?.kind === 'tcp')
  const clients = [await connect(t, worker.port), await connect(t, path), await connect(t, third.port)]
  for (const client of clients) {
    client.send(get('/'))
    const answer = await client.answer(1)
    assert.equal(answer.body, 'hello')
    assert.equal(answer.headers.get('keep-alive'), 'timeout=75')
  }
  const { client, release } = await hold(t, worker, path)
  worker.drain()
  await worker.appTold('drain')
  for (const one of clients) {
    one.send(get('/'))
    assert.equal((await one.answer(2)).headers.get('connection'), 'close')
    assert.equal(await one.closed(), 'end')
  }
  assert.ok(!worker.messages().some((message) => message.type === 'app' && message.event === 'closed'))
  release()
  assert.equal((await client.answer(1)).body, 'released')
  assert.deepEqual(await worker.exited(), done)
  assert.equal(
    worker.messages().filter((message) => message.type === 'app' && message.event === 'closed').length,
    1,
  )
  assert.ok(existsSync(path), 'a worker does not remove the path')
})

test('the time limits of Node are kept at every address', async (t) => {
  const local = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
  const worker = await startWorker(t, {
    addresses: [local, local],
    env: { HEADERS_TIMEOUT: '100', KEEP_ALIVE: '1' },
  })
  const second = worker.bound[1]?.address
  assert.ok(second?.kind === 'tcp')
  for (const port of [worker.port, second.port]) {
    const half = await connect(t, port)
    half.send('GET / HTTP/1.1\r\n')
    const idle = await connect(t, port)
    idle.send(get('/'))
    await half.receives('408 Request Timeout')
    assert.equal((await idle.answer(1)).body, 'hello')
    assert.equal(await idle.closed(), 'end')
  }
})
