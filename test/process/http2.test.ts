import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { probeApp, temporaryFolder } from './harness/application.js'
import { makeCertificate } from './harness/certificates.js'
import { shakeHands } from './harness/handshake.js'
import { endOf, openSession } from './harness/http2-client.js'
import { poll, within } from './harness/poll.js'
import { request } from './harness/request.js'
import { type Server, type ServerOptions, startServer } from './harness/server.js'

const source = `
export function app(request, response) {
  const { url, method, headers, httpVersion, socket } = request
  if (url === '/seen') {
    const { remoteAddress, encrypted, alpnProtocol } = socket
    response.end(JSON.stringify({ method, headers, httpVersion, remoteAddress, encrypted, alpnProtocol }))
  } else if (url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('body')
    response.addTrailers({ 'x-sum': '4' })
    response.end()
  } else if (url === '/hints') {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('hinted'))
  } else if (url === '/headers') {
    response.writeHead(200, 'Fine', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-A', '1', 'X-A', '2',
      'Connection', 'keep-alive', 'Keep-Alive', 'timeout=5', 'Transfer-Encoding', 'chunked'])
    response.write('in ')
    response.end('parts')
  } else if (url === '/none') {
    response.statusCode = 204
    response.end()
  } else if (url === '/big') {
    for (let part = 0; part < 64; part++) response.write('x'.repeat(65_536))
    response.end()
  } else if (url === '/cut') {
    response.write('part')
    setImmediate(() => response.destroy())
  } else if (url === '/begun') {
    response.write('part')
  } else if (url === '/echo') {
    request.pipe(response)
  } else if (url === '/count') {
    let bytes = 0
    request.on('data', (chunk) => { bytes += chunk.length })
    request.on('end', () => response.end(JSON.stringify({ bytes, trailers: request.trailers })))
  } else if (url === '/closes') {
    response.on('close', () => process.stderr.write('the response closed\\n'))
    response.write('part')
  } else if (url !== '/silent') response.end('plain')
}`

/** Serves an app by HTTP/2. */
async function serve(t: TestContext, options: ServerOptions = {}): Promise<Server> {
  const { certfile, keyfile } = makeCertificate(temporaryFolder(t), 'http2')
  const args = ['--certfile', certfile, '--keyfile', keyfile, '--http2', ...(options.args ?? [])]
  return await startServer(t, { ...options, args })
}

async function serveSource(t: TestContext, args: string[] = []): Promise<Server> {
  return await serve(t, { app: temporaryFolder(t, { 'app.mjs': source }).path('app.mjs'), args })
}

test('an app gets streams of HTTP/2 as the requests it knows, and its answers come whole', async (t) => {
  const server = await serveSource(t)
  const { ask, begin, session } = await openSession(t, server)
  const seen = await ask('/seen', { cookie: ['a=1', 'b=2'], ':authority': 'here', host: 'elsewhere' })
  const { headers, ...rest } = JSON.parse(seen.body)
  assert.deepEqual(rest, {
    method: 'GET',
    httpVersion: '1.1',
    remoteAddress: '127.0.0.1',
    encrypted: true,
    alpnProtocol: 'h2',
  })
  assert.deepEqual([headers.host, headers.cookie], ['here', 'a=1; b=2'])

  const answer = await ask('/headers')
  assert.equal(answer.body, 'in parts')
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(answer.headers['x-a'], '1, 2')
  for (const name of ['connection', 'keep-alive', 'transfer-encoding']) assert.ok(!(name in answer.headers))
  assert.deepEqual([(await ask('/none')).status, (await ask('/big')).body.length], [204, 64 * 65_536])
  const head = await ask('/seen', { ':method': 'HEAD' })
  assert.deepEqual([head.status, head.body], [200, ''])

  const trailing = begin('/trailers')
  const trailers = new Promise((resolve) => trailing.once('trailers', ({ 'x-sum': sum }) => resolve(sum)))
  assert.equal((await endOf(trailing)).body, 'body')
  assert.equal(await trailers, '4')
  const hinted = begin('/hints')
  const hints = new Promise((resolve) => hinted.once('headers', ({ link }) => resolve(link)))
  assert.equal((await endOf(hinted)).body, 'hinted')
  assert.equal(await hints, '</style.css>; rel=preload')

  const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'example.com:443' })
  const { status, code } = await endOf(tunnel)
  assert.deepEqual({ status, code }, { status: undefined, code: 1 })
  assert.equal((await ask('/')).status, 200)
})

test('bodies come up whole, with and without a length, and with trailers', async (t) => {
  const { session } = await openSession(t, await serveSource(t))
  const body = 'word '.repeat(200_000)
  const post = (path: string, headers = {}, options = {}) =>
    session.request({ ':path': path, ':method': 'POST', ...headers }, options)
  const echoed = post('/echo')
  echoed.end(body)
  assert.equal((await endOf(echoed)).body, body)
  const counted = post('/count', { 'content-length': body.length })
  counted.end(body)
  assert.deepEqual(JSON.parse((await endOf(counted)).body), { bytes: body.length, trailers: {} })
  const trailed = post('/count', {}, { waitForTrailers: true })
  trailed.on('wantTrailers', () => trailed.sendTrailers({ 'x-sum': '3' }))
  trailed.end('one')
  assert.deepEqual(JSON.parse((await endOf(trailed)).body), { bytes: 3, trailers: { 'x-sum': '3' } })
})

test('an answer that is cut is never taken for a whole one, and a client that goes away is told to the app', async (t) => {
  const server = await serveSource(t)
  const { ask, begin } = await openSession(t, server)
  const { outcome, code } = await ask('/cut')
  assert.deepEqual({ outcome, code }, { outcome: 'lost', code: 2 })
  const stream = begin('/closes')
  await within(new Promise((resolve) => stream.once('data', resolve)), { what: 'the answer begins' })
  stream.close(8)
  await server.waitForLog(/the response closed/)
  assert.equal((await ask('/')).body, 'plain')
})

test('who does not choose HTTP/2 gets HTTP/1.1 on the same socket', async (t) => {
  const server = await serveSource(t)
  for (const ALPNProtocols of [undefined, ['http/1.1'], ['http/1.1', 'h2']]) {
    const { answer } = await shakeHands(server, ALPNProtocols && { ALPNProtocols: ALPNProtocols.slice(0, 1) })
    assert.equal(answer, 'HTTP/1.1 200 OK')
  }
  const answer = await request({ port: server.port, secure: true }, '/seen')
  assert.equal(JSON.parse(answer.body).httpVersion, '1.1')
  const { stdout } = await promisify(execFile)('curl', [
    '-sk',
    '--http2',
    '-w',
    ' %{http_version}',
    server.url,
  ])
  assert.equal(stdout, 'plain 2')
})

test('behind a proxy that sends the PROXY protocol before TLS, an app sees the address of the client', async (t) => {
  const server = await serveSource(t, ['--proxy-protocol', '--proxy-allow-from', '127.0.0.1'])
  const socket = net.connect(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n')
  const { ask } = await openSession(t, server, socket)
  assert.equal(JSON.parse((await ask('/seen')).body).remoteAddress, '192.0.2.7')
})

test('requests of HTTP/2 are counted, logged with their version, limited in time and recycled like all others', async (t) => {
  const server = await serveSource(t, [
    ...['--access-logfile', '-', '--request-deadline', '500ms', '--admin', '127.0.0.1:0'],
    ...['--max-requests', '8'],
  ])
  const { ask } = await openSession(t, server)
  assert.equal((await ask('/')).status, 200)
  const [, admin] = /Admin[^\n]*:(\d+)/i.exec(server.log()) ?? []
  const late = await Promise.all([ask('/silent'), ask('/begun')])
  assert.deepEqual(
    late.map(({ status, outcome }) => [status, outcome]),
    [
      [504, 'answered'],
      [200, 'lost'],
    ],
  )
  await poll(() => /"GET \/silent HTTP\/2\.0" 504/.test(server.stdout()), { what: 'the access log has it' })
  assert.match(server.stdout(), /"GET \/ HTTP\/2\.0" 200 5 /)
  const metrics = async () => (await request({ port: Number(admin) }, '/metrics')).body
  await poll(async () => /nworkers_requests_total\{slot="0",status="5xx"\} 1\b/.test(await metrics()), {
    what: 'it is counted',
  })
  for (let more = 0; more < 5; more++) await ask('/')
  await server.waitForLog(/exited: max-requests/)
})

test('a reload: the streams that a worker has are answered, it says GOAWAY, and those after its last are refused', async (t) => {
  const { path } = temporaryFolder(t)
  const server = await serve(t, { app: probeApp, args: ['--drain-linger', '30'] })
  const client = await openSession(t, server)
  const held = client.begin(`/held?announce=one&begin=1&until=${path('go')}`)
  const answer = endOf(held, client.lastStream)
  await server.waitForLog(/running one/)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, /)
  await poll(() => client.lastStream() !== undefined, { what: 'GOAWAY has come' })
  assert.equal(client.lastStream(), held.id)
  assert.equal(server.workers().length, 2)
  writeFileSync(path('go'), '')
  const { outcome, body } = await answer
  assert.deepEqual({ outcome, body }, { outcome: 'answered', body: 'begin released' })
  // Nothing lingers: its client knows that the connection is over.
  await poll(() => server.workers().length === 1, { what: 'the old worker has left', deadline: 10_000 })
})

test('a stop: a session that is idle is told, one without a first stream has it answered, and the deadline cuts', async (t) => {
  const { path } = temporaryFolder(t)
  const server = await serve(t, {
    app: probeApp,
    args: ['--drain-linger', '3', '--graceful-timeout', '6'],
  })
  const [idle, fresh, busy] = await Promise.all([1, 2, 3].map(() => openSession(t, server)))
  if (!idle || !fresh || !busy) throw new Error('three sessions')
  assert.equal((await idle.ask('/')).status, 200)
  const never = busy.ask(`/held?announce=busy&begin=1&until=${path('never')}`)
  await server.waitForLog(/running busy/)
  server.signal('SIGTERM')
  await within(idle.closed, { what: 'the idle session ends', deadline: 10_000 })
  assert.equal((await fresh.ask('/')).outcome, 'answered')
  await within(fresh.closed, { what: 'the fresh session ends', deadline: 10_000 })
  assert.equal((await never).outcome, 'lost')
  await server.waitForLog(/The graceful timeout is over: 1 busy connection was cut/)
  assert.ok(!existsSync(path('never')))
})
