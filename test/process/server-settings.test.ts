import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { agentFor, request } from './harness/request.js'
import { startServer } from './harness/server.js'

/** A server that has settings of its own, tells them, and reads bodies. */
const ownSettings = `import { createServer } from 'node:http'
  const options = { keepAliveTimeout: 4_000, headersTimeout: 5_000, requestTimeout: 6_000, maxHeaderSize: 7_000 }
  export const server = createServer(options, async (request, response) => {
    let bytes = 0
    for await (const chunk of request) bytes += chunk.length
    const { keepAliveTimeout, headersTimeout, requestTimeout, maxHeaderSize, maxHeadersCount, maxRequestsPerSocket } = server
    response.end(JSON.stringify({ bytes, headers: request.rawHeaders.length / 2,
      keepAliveTimeout, headersTimeout, requestTimeout, maxHeaderSize, maxHeadersCount, maxRequestsPerSocket }))
  })
  server.maxHeadersCount = 80
  server.maxRequestsPerSocket = 9`

/** Serves that app. */
function start(t: TestContext, ...args: string[]) {
  const { path } = temporaryFolder(t, { 'app.mjs': ownSettings })
  return startServer(t, { app: path('app.mjs'), args })
}

test('unset, the settings of the app stay', async (t) => {
  const server = await start(t)
  assert.deepEqual(JSON.parse((await request(server)).body), {
    bytes: 0,
    headers: 2,
    keepAliveTimeout: 4_000,
    headersTimeout: 5_000,
    requestTimeout: 6_000,
    maxHeaderSize: 7_000,
    maxHeadersCount: 80,
    maxRequestsPerSocket: 9,
  })
})

test('--keep-alive: an idle connection ends after it, and the answers announce it', async (t) => {
  const server = await start(t, '--keep-alive', '1')
  const connection = await connect(t, server)
  connection.send(getRequest('/'))
  assert.match(await connection.answers(1), /^Keep-Alive: timeout=1\b/im)
  const began = performance.now()
  assert.equal(await connection.closed, 'end')
  assert.ok(performance.now() - began > 800, 'it was open for a while')
})

test('--max-requests-per-connection: the last answer says close, and no request is lost', async (t) => {
  const server = await start(t, '--max-requests-per-connection', '3')
  const agent = agentFor(server, { keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const connections: (string | undefined)[] = []
  for (let count = 0; count < 6; count++) {
    connections.push((await request(server, '/', { agent })).headers.connection)
  }
  assert.deepEqual(connections, ['keep-alive', 'keep-alive', 'close', 'keep-alive', 'keep-alive', 'close'])

  const busy = await startServer(t, { args: ['-w', '2', '--max-requests-per-connection', '3'] })
  const load = startLoad(t, busy, { keepAlive: 6, fresh: 0 })
  await load.answers(500)
  const tally = await load.stop()
  assertNoneFailed(tally)
  assert.equal(tally.pids.size, 2, 'a client that stays meets both workers')
})

test('--headers-timeout: a head that does not come gets 408, others are served meanwhile', async (t) => {
  const server = await start(t, '--headers-timeout', '1')
  const [half, silent] = [await connect(t, server), await connect(t, server)]
  half.send('GET / HTTP/1.1\r\nHost: te')
  assert.equal((await request(server)).status, 200)
  for (const connection of [half, silent]) {
    assert.equal(await connection.closed, 'end')
    assert.match(connection.received(), /^HTTP\/1\.1 408 /)
  }
})

test('--request-timeout: a body that does not come gets 408; it bounds the head too', async (t) => {
  const server = await start(t, '--request-timeout', '1')
  const [body, head] = [await connect(t, server), await connect(t, server)]
  body.send('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345')
  head.send('GET / HTTP/1.1\r\nHost: te')
  assert.equal((await request(server, '/', { method: 'POST', body: '12345' })).status, 200)
  for (const connection of [body, head]) {
    assert.equal(await connection.closed, 'end')
    assert.match(connection.received(), /^HTTP\/1\.1 408 /)
  }
})

test('--request-timeout above --headers-timeout: a slow body may take longer than a head', async (t) => {
  const server = await start(t, '--request-timeout', '60', '--headers-timeout', '1')
  const [body, head] = [await connect(t, server), await connect(t, server)]
  body.send('POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 10\r\n\r\n12345')
  head.send('GET / HTTP/1.1\r\nHost: te')
  await head.closed
  body.send('67890')
  await body.closed
  assert.match(body.received(), /^HTTP\/1\.1 200 [\s\S]*"bytes":10/)
})

test('--max-header-size: a longer head gets 431', async (t) => {
  const server = await start(t, '--max-header-size', '2K')
  const status = async (bytes: number) =>
    (await request(server, '/', { headers: { 'x-long': 'x'.repeat(bytes) } })).status
  assert.equal(await status(1_500), 200)
  assert.equal(await status(2_500), 431)
  const wide = await start(t, '--max-header-size', '64K')
  assert.equal((await request(wide, '/', { headers: { 'x-long': 'x'.repeat(50_000) } })).status, 200)
})

/** So many headers, one of which is `Host`. */
const headers = (count: number) =>
  Array.from({ length: count - 1 }, (_, index) => `X-${index}: ${index}\r\n`).join('')

for (const most of [10, 32, 33, 100]) {
  test(`--max-headers ${most}: more get 431 instead of being left out, and the connection ends`, async (t) => {
    const server = await start(t, '--max-headers', `${most}`)
    const connection = await connect(t, server)
    connection.send(getRequest('/', headers(most)))
    assert.match(await connection.answers(1), new RegExp(`^HTTP/1\\.1 200 [\\s\\S]*"headers":${most},`))
    connection.send(getRequest('/', headers(most + 1)))
    assert.equal(await connection.closed, 'end')
    assert.match(connection.received().split('HTTP/1.1 ')[2] ?? '', /^431 [\s\S]*^Connection: close\r$/im)
    const upgrade = await connect(t, server)
    upgrade.send(getRequest('/', `${headers(most)}Connection: Upgrade\r\nUpgrade: websocket\r\n`))
    await upgrade.closed
    assert.match(upgrade.received(), /^HTTP\/1\.1 431 /)
    assert.equal((await request(server)).status, 200)
  })
}

test('--max-connections: a full worker leaves 200 new connections to its free neighbour and resets none', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--max-connections', '20'] })
  const held = new Map<number, Awaited<ReturnType<typeof connect>>[]>()
  const full = () => [...held].find(([, connections]) => connections.length === 20)
  while (!full()) {
    const connection = await connect(t, server)
    connection.send(getRequest('/'))
    const pid = Number(/^x-pid: (\d+)/im.exec(await connection.answers(1))?.[1])
    held.set(pid, [...(held.get(pid) ?? []), connection])
  }
  const [pid, kept] = full() ?? []
  for (const [other, connections] of held) if (other !== pid) for (const one of connections) one.destroy()

  const clients = Array.from({ length: 10 }, async () => {
    const pids: number[] = []
    for (let count = 0; count < 20; count++) pids.push((await request(server)).pid)
    return pids
  })
  const pids = (await Promise.all(clients)).flat()
  assert.equal(pids.length, 200)
  assert.ok(!pids.includes(pid ?? 0), 'the full worker took none')
  for (const connection of kept ?? []) connection.send(getRequest('/'))
  for (const connection of kept ?? [])
    assert.match(await connection.answers(2), /HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 200/)
  for (const connection of kept ?? []) connection.destroy()
  await poll(async () => (await request(server)).pid === pid, { what: 'the worker takes connections again' })
})

test('a server that has stopped accepting for a while, or accepts again, says that it listens, and where', async (t) => {
  const files = {
    'app.mjs': `import { createServer } from 'node:http'
    export const server = createServer((request, response) => {
      response.end('says ' + JSON.stringify([server.listening, server.address()?.port]))
    })`,
  }
  const { path } = temporaryFolder(t, files)
  const server = await startServer(t, {
    app: `${path('app.mjs')}:server`,
    args: ['-w', '1', '--max-connections', '2'],
  })
  const says = new RegExp(`says \\[true,${server.port}\\]`)
  const held = [await connect(t, server), await connect(t, server)]
  for (const count of [1, 2]) {
    for (const connection of held) connection.send(getRequest('/'))
    for (const connection of held) assert.match((await connection.answers(count)).slice(-60), says)
  }
  for (const connection of held) connection.destroy()
  const next = await connect(t, server)
  next.send(getRequest('/'))
  assert.match(await next.answers(1), says)
})

/** The probe, when it has read the body. */
const reading = `${probeSource('reading').replace('export const app', 'const answer')}
  export const app = async (request, response) => {
    for await (const _ of request);
    answer(request, response)
  }`

for (const { args, what } of [
  { args: [], what: 'as many connections as descriptors allow' },
  { args: ['--max-connections', '8'], what: '8 connections a worker' },
]) {
  test(`slowloris, ${what}: neither slow heads nor slow bodies hold a worker; they get 408, all others are served`, async (t) => {
    const timeouts = ['--headers-timeout', '1', '--request-timeout', '2']
    const { path } = temporaryFolder(t, { 'app.mjs': reading })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2', ...timeouts, ...args] })
    const slow = await Promise.all(Array.from({ length: 60 }, () => connect(t, server)))
    for (const [index, connection] of slow.entries()) {
      connection.send(
        index % 2 === 0
          ? 'GET / HTTP/1.1\r\nX-Slow: '
          : 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10000\r\n\r\n',
      )
    }
    const drip = setInterval(() => {
      for (const connection of slow) if (!connection.isClosed()) connection.send('x')
    }, 100)
    t.after(() => clearInterval(drip))
    const load = startLoad(t, server, { keepAlive: 2, fresh: 2, timeout: 60_000 })
    await load.answers(args.length > 0 ? 20 : 200)
    for (const connection of slow) {
      await connection.closed
      assert.match(connection.received(), /^HTTP\/1\.1 408 /)
    }
    await load.answers(100)
    assertNoneFailed(await load.stop())
  })
}
