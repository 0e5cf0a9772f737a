import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { type TemporaryFolder, temporaryFolder } from './harness/application.js'
import { makeCertificate } from './harness/certificates.js'
import { shakeHands } from './harness/handshake.js'
import { endOf, openSession } from './harness/http2-client.js'
import { poll } from './harness/poll.js'
import { request } from './harness/request.js'
import { runServer, startServer } from './harness/server.js'

/** The start of an app that makes `server` itself. */
const preamble = `import { existsSync, readFileSync } from 'node:fs'
import http2 from 'node:http2'
const at = (name) => new URL(name, import.meta.url)
const tls = () => ({ cert: readFileSync(at('own.pem')), key: readFileSync(at('own.key')) })
const held = (end) => { const timer = setInterval(() => existsSync(at('go')) && (clearInterval(timer), end()), 10) }
const answer = (request, response) => {
  response.setHeader('x-own', 'yes')
  if (request.url === '/silent') return
  if (request.url === '/held') { response.write('begin '); held(() => response.end('released')) }
  else response.end(request.httpVersion)
}
const streams = (stream, headers) => {
  stream.respond({ ':status': 200, 'x-own': 'yes' })
  if (headers[':path'] === '/held') { stream.write('begin '); held(() => stream.end('released')) }
  else stream.end('2.0')
}
`

/** Ways in which an app has HTTP/2 of its own. */
const apps = {
  secure: { code: 'export const server = http2.createSecureServer({ ...tls(), allowHTTP1: true }, answer)' },
  streams: { code: "export const server = http2.createSecureServer(tls()).on('stream', streams)" },
  plain: { code: 'export const server = http2.createServer(answer)' },
  script: { code: 'http2.createSecureServer({ ...tls(), allowHTTP1: true }, answer).listen(3000)' },
} as const

function write(t: TestContext, name: keyof typeof apps): TemporaryFolder {
  const folder = temporaryFolder(t, { 'app.mjs': preamble + apps[name].code })
  makeCertificate(folder, 'own')
  return folder
}

for (const name of ['secure', 'streams', 'plain', 'script'] as const) {
  test(`an app with an HTTP/2 server of its own (${name}) is served and drained, counted and logged`, async (t) => {
    const { path } = write(t, name)
    const args = ['--access-logfile', '-', '--admin', '127.0.0.1:0', '--drain-linger', '30']
    const server = await startServer(t, { app: path('app.mjs'), args })
    const target = { port: server.port, secure: name !== 'plain' }
    const client = await openSession(t, target)
    const { status, headers, body } = await client.ask('/')
    assert.deepEqual([status, headers['x-own'], body], [200, 'yes', '2.0'])

    const held = client.begin('/held')
    const whole = endOf(held, client.lastStream)
    await new Promise((resolve) => held.once('data', resolve))
    server.signal('SIGHUP')
    await server.waitForLog(/Ready: generation 2, /)
    await poll(() => client.lastStream() === held.id, { what: 'GOAWAY has come, with the last stream' })
    writeFileSync(path('go'), '')
    assert.deepEqual(await whole.then((end) => [end.outcome, end.body]), ['answered', 'begin released'])
    await poll(() => server.workers().length === 1, { what: 'the old worker has left', deadline: 10_000 })
    await poll(() => /"GET \/held HTTP\/2\.0" 200 /.test(server.stdout()), { what: 'the access log has it' })

    const [, admin] = /Admin[^\n]*:(\d+)/i.exec(server.log()) ?? []
    const metrics = async () => (await request({ port: Number(admin) }, '/metrics')).body
    await poll(async () => /nworkers_requests_total\{slot="0",status="2xx"\} 2\b/.test(await metrics()), {
      what: 'both requests are counted',
    })
    server.signal('SIGTERM')
    assert.equal((await server.exit).code, 0)
  })
}

test('HTTP/1.1 of such a server is answered and drained as always, and the deadline of requests holds', async (t) => {
  const { path } = write(t, 'secure')
  const server = await startServer(t, { app: path('app.mjs'), args: ['--request-deadline', '300ms'] })
  assert.equal((await shakeHands(server)).answer, 'HTTP/1.1 200 OK')
  assert.equal((await request({ port: server.port, secure: true }, '/')).body, '1.1')
  const { ask } = await openSession(t, { port: server.port, secure: true })
  assert.equal((await ask('/silent')).status, 504)
  assert.equal((await ask('/held')).outcome, 'lost')
  assert.equal((await ask('/')).status, 200)
  assert.equal(server.workers().length, 1)
})

test('--check-config tells an HTTP/2 server', async (t) => {
  const { path } = write(t, 'streams')
  const { code, stdout } = await runServer(t, { app: path('app.mjs'), args: ['--check-config'] })
  assert.match(stdout, /is an HTTP\/2 server\./)
  assert.equal(code, 0)
})
