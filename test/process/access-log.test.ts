import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, renameSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { accessLines, readAccessLines, readLines } from './harness/access-lines.js'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { recordOutput } from './harness/output.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import { ended, runServer, startServer } from './harness/server.js'

const app = `${path.join(projectFolder, 'test/fixtures/process/answers.mjs')}:app`

/** A server with an access log in JSON. */
async function startLogged(t: TestContext, args: string[] = []) {
  const file = temporaryFolder(t).path('access.log')
  const json = ['--access-logfile', file, '--access-logformat', 'json']
  return { server: await startServer(t, { app, args: [...json, ...args] }), file }
}

test('each kind of answer has one line with its status and the bytes of its body', async (t) => {
  const { server, file } = await startLogged(t)
  for (const path of ['/plain?a=1', '/chunked', '/empty', '/hints', '/none']) await request(server, path)
  await request(server, '/plain', { method: 'HEAD' })
  const lines = await accessLines(file, 6)
  assert.deepEqual(
    lines.map(({ method, url, status, bytes, aborted }) => [method, url, status, bytes, aborted]),
    [
      ['GET', '/plain?a=1', 200, 5, undefined],
      ['GET', '/chunked', 200, 7, undefined],
      ['GET', '/empty', 204, 0, undefined],
      ['GET', '/hints', 200, 6, undefined],
      ['GET', '/none', 404, 4, undefined],
      ['HEAD', '/plain', 200, 0, undefined],
    ],
  )
  const [worker] = server.workers()
  for (const { remote, pid, slot, protocol } of lines)
    assert.deepEqual([remote, pid, slot, protocol], ['127.0.0.1', worker?.pid, 0, 'HTTP/1.1'])
})

test('who leaves before an answer began is 499, who leaves later has its status, both are marked', async (t) => {
  const { server, file } = await startLogged(t)
  for (const [index, path] of ['/never', '/begun'].entries()) {
    const client = await connect(t, server)
    client.send(getRequest(path))
    await poll(() => server.log().split('waiting').length - 1 === index + 1, { what: 'the handler runs' })
    client.destroy()
  }
  const lines = await accessLines(file, 2)
  assert.deepEqual(
    lines.map(({ url, status, bytes, aborted }) => [url, status, bytes, aborted]),
    [
      ['/never', 499, 0, true],
      ['/begun', 200, 5, true],
    ],
  )
})

test('a switch of protocols is told when it ends, with the status that the app wrote', async (t) => {
  const { server, file } = await startLogged(t)
  const upgrade = 'Connection: Upgrade\r\nUpgrade: echo\r\n'
  const client = await connect(t, server)
  client.send(getRequest('/socket', upgrade))
  await client.answers(1)
  client.send('ping')
  await poll(() => client.received().endsWith('ping'), { what: 'the echo comes' })
  client.destroy()
  await accessLines(file, 1)
  const refused = await connect(t, server)
  refused.send(getRequest('/refused', upgrade))
  await refused.closed
  const lines = await accessLines(file, 2)
  assert.deepEqual(
    lines.map(({ url, status, aborted }) => [url, status, aborted]),
    [
      ['/socket', 101, undefined],
      ['/refused', 401, undefined],
    ],
  )
})

test('the default is the combined format, and no header forges a line', async (t) => {
  const file = temporaryFolder(t).path('access.log')
  const server = await startServer(t, { app, args: ['--access-logfile', file] })
  const client = await connect(t, server)
  client.send(
    getRequest(
      '/plain?"',
      'User-Agent: a" 200 5 "b\\\x80\xff\tc\r\nReferer: http://a/\r\nConnection: close\r\n',
    ),
  )
  await client.closed
  const [line] = await poll(() => readLines(file).length > 0 && readLines(file), {
    what: 'the line is there',
  })
  assert.match(
    line ?? '',
    /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/plain\?\\" HTTP\/1\.1" 200 5 "http:\/\/a\/" "a\\" 200 5 \\"b\\\\.*\\x09c"$/,
  )
})

test('X-Request-Start becomes a queue time', async (t) => {
  const { server, file } = await startLogged(t)
  await request(server, '/plain', { headers: { 'X-Request-Start': `t=${Date.now() / 1000 - 5}` } })
  const [line] = await accessLines(file, 1)
  assert.ok((line?.queue_ms ?? 0) >= 4_900, `${line?.queue_ms} ms`)
})

for (const end of ['/exit', '/throw']) {
  test(`no line is lost when the app ends its process by ${end}`, async (t) => {
    const { server, file } = await startLogged(t)
    const first = server.workers()[0]?.pid
    for (let count = 0; count < 50; count++) await request(server, `/plain?${count}`)
    await request(server, end, { timeout: 10_000 }).catch(() => {})
    await poll(() => server.log().includes(`Worker ${first} (slot 0) exited`), {
      what: 'the worker has ended',
    })
    const lines = readAccessLines(file)
    assert.equal(lines.filter(({ url }) => url.startsWith('/plain')).length, 50)
    const [last] = lines.slice(-1)
    assert.equal(last?.url, end)
    assert.equal(last?.status, end === '/exit' ? 200 : 499)
  })
}

test('no line is lost at the stop', async (t) => {
  const { server, file } = await startLogged(t, ['-w', '2'])
  for (let count = 0; count < 50; count++) await request(server, '/plain')
  server.signal('SIGTERM')
  await ended(server)
  assert.equal(readAccessLines(file).length, 50)
})

test('logs are rotated under load by rename and USR1: as many lines as requests, each whole', async (t) => {
  const { path } = temporaryFolder(t)
  const file = path('access.log')
  const server = await startServer(t, {
    args: ['-w', '2', '--access-logfile', file, '--access-logformat', 'json'],
  })
  const load = startLoad(t, server)
  const rotated: string[] = []
  for (let round = 0; round < 4; round++) {
    await load.answers(200)
    rotated.push(path(`access.log.${round}`))
    renameSync(file, path(`access.log.${round}`))
    server.signal('SIGUSR1')
    await poll(() => readLines(file).length > 0, { what: 'lines are in the new file' })
  }
  await load.answers(50)
  const tally = await load.stop()
  assertNoneFailed(tally)
  server.signal('SIGTERM')
  await ended(server)
  const lines = readAccessLines(...rotated, file)
  assert.equal(lines.length, tally.answered)
  assert.equal(new Set(lines.map(({ url }) => url)).size, tally.answered)
  assert.equal(new Set(lines.map(({ pid }) => pid)).size, 2)
})

test('a full disk is told and costs lines, not answers', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, async (t) => {
  const server = await startServer(t, { app, args: ['--access-logfile', '/dev/full'] })
  for (let count = 0; count < 20; count++) assert.equal((await request(server, '/plain')).status, 200)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.match(server.log(), /Access log: 20 lines were dropped, because the disk is full\./)
})

test('a reader of stdout that sleeps costs lines, which are counted, and holds up nobody', async (t) => {
  const { path } = temporaryFolder(t)
  const pipe = path('pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => reader.kill('SIGKILL'))
  const output = openSync(pipe, 'w')
  const received = recordOutput(reader.stdout)
  const args = ['-w', '2', '--access-logfile', '-', '--access-logformat', 'json']
  const server = await startServer(t, { app, args, output })
  closeSync(output)
  await request(server, '/plain')
  await poll(() => received.lines().length === 1, { what: 'the first line is read' })
  signalProcess(reader.pid ?? 0, 'SIGSTOP')
  const long = `/plain?${'x'.repeat(3_000)}`
  for (let count = 0; count < 1_500; count++) assert.equal((await request(server, long)).status, 200)
  await server.waitForLog(/Access log: its reader does not keep up, so lines are dropped from now on\./)
  signalProcess(reader.pid ?? 0, 'SIGCONT')
  await server.waitForLog(/Access log: \d+ lines were dropped, because its reader does not keep up\./)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  await received.ended
  const dropped = [...server.log().matchAll(/Access log: (\d+) lines were dropped/g)].map(([, count]) =>
    Number(count),
  )
  const lines = received.lines().map(({ text }) => JSON.parse(text) as object)
  assert.equal(lines.length + dropped.reduce((sum, count) => sum + count, 0), 1_501)
})

test('a file that can’t be made, and a format that is none, are sentences', async (t) => {
  const { path } = temporaryFolder(t)
  const missing = await runServer(t, { args: ['--access-logfile', path('none/access.log')] })
  assert.equal(missing.code, 1)
  assert.match(missing.log, /Log file .*none\/access\.log can't be opened: its folder does not exist\./)
  const wrong = await runServer(t, { args: ['--access-logformat', '%(z)s'] })
  assert.equal(wrong.code, 2)
  assert.match(wrong.log, /--access-logformat: %\(z\)s\. Expected json, or a text with gunicorn's atoms/)
})

test('--forwarded-allow-ips: the client and scheme that a proxy tells are believed of loopback, or of whom it says', async (t) => {
  const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
  for (const { args, told } of [
    { args: [], told: { remote: '203.0.113.7', scheme: 'https' } },
    { args: ['--forwarded-allow-ips', '10.0.0.0/8'], told: { remote: '127.0.0.1', scheme: 'http' } },
    {
      args: ['--forwarded-allow-ips', '10.0.0.0/8,127.0.0.0/8'],
      told: { remote: '203.0.113.7', scheme: 'https' },
    },
  ]) {
    const { server, file } = await startLogged(t, args)
    await request(server, '/plain', { headers })
    const [line] = await accessLines(file, 1)
    assert.deepEqual({ remote: line?.remote, scheme: line?.scheme }, told)
  }
})
