import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../process/harness/application.js'
import { type Certificate, makeCertificate } from '../process/harness/certificates.js'
import { shakeHands } from '../process/harness/handshake.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { reload } from '../process/harness/reloads.js'
import { request } from '../process/harness/request.js'
import { type Server, startServer } from '../process/harness/server.js'
import { findCommand } from '../process/harness/unprivileged.js'
import { startStreams } from './streams.js'

const reloads = 20
const run = promisify(execFile)
const missing = (name: string) => (findCommand(name) === undefined ? `there is no ${name}` : false)

async function serve(t: TestContext): Promise<{ server: Server; certificate: Certificate }> {
  const certificate = makeCertificate(temporaryFolder(t), 'served')
  const { certfile, keyfile } = certificate
  const args = ['-w', '2', '--certfile', certfile, '--keyfile', keyfile, '--http2']
  return { server: await startServer(t, { args: [...args, '--admin', '127.0.0.1:0'] }), certificate }
}

test('20 reloads under HTTP/2: every stream up to the last one of GOAWAY is answered, later ones are refused', async (t) => {
  const { server } = await serve(t)
  const streams = startStreams(t, server, 6)
  await streams.answers(100)
  for (let done = 0; done < reloads; done++) {
    await reload(server, done + 1, 1)
    await streams.answers(50)
  }
  const { answered, refused, lost, left } = await streams.stop()
  t.diagnostic(`${answered} answered, ${refused} refused, ${left} sessions left`)
  assert.deepEqual(lost, [])
  assert.ok(left >= reloads, 'sessions met the reloads')
  // What is refused was on its way when GOAWAY was: no more than the streams of a client at a time.
  assert.ok(refused <= left * 5, `${refused} refused of ${answered} answered`)
  await poll(async () => (await counted(server)).succeeded >= answered, { what: 'all are counted' })
  assert.deepEqual(await counted(server), { succeeded: answered, others: 0 })
})

/** What the server has counted of requests. */
async function counted(server: Server): Promise<{ succeeded: number; others: number }> {
  const [, admin] = /Admin[^\n]*:(\d+)/i.exec(server.log()) ?? []
  const { body } = await request({ port: Number(admin) }, '/metrics')
  let succeeded = 0
  let others = 0
  for (const [, status, value] of body.matchAll(/^nworkers_requests_total\{.*status="(\w+)"\} (\d+)$/gm)) {
    if (status === '2xx') succeeded += Number(value)
    else others += Number(value)
  }
  return { succeeded, others }
}

/** Runs a client again and again until so many reloads are done beside it. */
async function beside(server: Server, client: () => Promise<void>): Promise<void> {
  let isDone = false
  const all = reload(server, 1, reloads).finally(() => {
    isDone = true
  })
  while (!isDone) await client()
  await all
}

test('20 reloads under h2load: what the server has answered, its client has got', {
  skip: missing('h2load'),
}, async (t) => {
  const { server } = await serve(t)
  let succeeded = 0
  let refused = 0
  await beside(server, async () => {
    const args = ['-n', '300', '-c', '4', '-m', '5', '--rps', '50', `${server.url}/?ms=5`]
    const { stdout } = await run('h2load', args, { timeout: 60_000 })
    const [, started, good] = /(\d+) started, \d+ done, (\d+) succeeded/.exec(stdout) ?? []
    succeeded += Number(good)
    refused += Number(started) - Number(good)
  })
  t.diagnostic(`${succeeded} succeeded, ${refused} refused`)
  assert.ok(succeeded > 500, `${succeeded} succeeded`)
  await poll(async () => (await counted(server)).succeeded === succeeded, { what: 'each answer has come' })
  assert.deepEqual(await counted(server), { succeeded, others: 0 })
})

test('20 reloads under curl: what the server has answered, its client has got', {
  skip: missing('curl'),
}, async (t) => {
  const { server } = await serve(t)
  let succeeded = 0
  const others: string[] = []
  await beside(server, async () => {
    for (const more of [[], ['--parallel', '--parallel-max', '10']]) {
      const words = ['-sk', '--http2', ...more, '-o', '/dev/null', `${server.url}/?ms=5&id=[1-100]`]
      // Its exit code is that of the last request alone.
      const { stdout } = await run('curl', [...words, '-w', `${format}\n`], { timeout: 60_000 }).catch(
        (error: { stdout: string }) => error,
      )
      for (const line of stdout.trim().split('\n')) {
        if (line.startsWith('2 200 0 ')) succeeded++
        else others.push(line)
      }
    }
  })
  t.diagnostic(`${succeeded} succeeded, others: ${others.join('; ') || 'none'}`)
  // It tries refused streams again, but older ones don't where they are told by GOAWAY before the request is sent.
  assert.ok(others.length <= reloads, others.join('\n'))
  for (const line of others) assert.match(line, /^0 000 16 0 /)
  await poll(async () => (await counted(server)).succeeded === succeeded, { what: 'each answer has come' })
  assert.deepEqual(await counted(server), { succeeded, others: 0 })
})

/** Of each request: the version, the status, curl's code of the error and the connections that were made for it. */
const format = '%{http_version} %{http_code} %{exitcode} %{num_connects} %{errormsg}'

test('a certificate is changed 20 times under load: nothing fails, and clients see each one', async (t) => {
  const { server, certificate } = await serve(t)
  const folder = temporaryFolder(t)
  const load = startLoad(t, { port: server.port, secure: true }, { keepAlive: 4, fresh: 4 })
  const streams = startStreams(t, server, 2)
  for (let change = 1; change <= reloads; change++) {
    const renewed = makeCertificate(folder, `change-${change}`)
    for (const name of ['keyfile', 'certfile'] as const) {
      copyFileSync(renewed[name], `${certificate[name]}.next`)
      renameSync(`${certificate[name]}.next`, certificate[name])
    }
    await reload(server, change, 1)
    // An old worker may answer until it has left.
    const isSeen = async () => (await shakeHands(server)).name === `change-${change}`
    await poll(isSeen, { what: `certificate ${change} is shown` })
    await load.answers(10)
  }
  assertNoneFailed(await load.stop())
  assert.deepEqual((await streams.stop()).lost, [])
})
