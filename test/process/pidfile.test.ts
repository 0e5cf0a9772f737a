import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { request } from './harness/request.js'
import { ended, runServer, startServer } from './harness/server.js'

async function pidOfEndedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

test('the pidfile holds the arbiter’s pid and is removed at the end', async (t) => {
  const { path, folder } = temporaryFolder(t)
  const server = await startServer(t, { args: ['-p', path('server.pid')] })
  assert.equal(readFileSync(path('server.pid'), 'utf8'), `${server.pid}\n`)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.deepEqual(readdirSync(folder), [])
})

test('a pidfile whose process lives is refused, and stays', async (t) => {
  const { path } = temporaryFolder(t)
  const first = await startServer(t, { args: ['--pid', path('server.pid')] })
  const second = await runServer(t, { args: ['--pid', path('server.pid')] })
  assert.equal(second.code, 1)
  assert.ok(second.log.includes(path('server.pid')), 'the sentence names the file')
  assert.ok(second.log.includes(String(first.pid)), 'the sentence names the process')
  assert.equal(readFileSync(path('server.pid'), 'utf8'), `${first.pid}\n`)
  assert.equal((await request(first)).status, 200)
})

for (const [what, content] of [
  ['of a process that has ended', async () => `${await pidOfEndedProcess()}\n`],
  ['that is empty', async () => ''],
] as const) {
  test(`a stale pidfile ${what} is taken over`, async (t) => {
    const { path } = temporaryFolder(t)
    writeFileSync(path('server.pid'), await content())
    const server = await startServer(t, { args: ['-p', path('server.pid')] })
    assert.equal(readFileSync(path('server.pid'), 'utf8'), `${server.pid}\n`)
  })
}

test('the pidfile is removed when the app fails to boot', async (t) => {
  const { path } = temporaryFolder(t, { 'broken.mjs': 'throw new Error("broken")' })
  const { code } = await runServer(t, { app: path('broken.mjs'), args: ['-p', path('server.pid')] })
  assert.equal(code, 3)
  assert.equal(existsSync(path('server.pid')), false)
})

test('a pidfile that another has written meanwhile is left alone', async (t) => {
  const { path } = temporaryFolder(t)
  const server = await startServer(t, { args: ['-p', path('server.pid')] })
  writeFileSync(path('server.pid'), '1\n')
  server.signal('SIGTERM')
  await ended(server)
  assert.equal(readFileSync(path('server.pid'), 'utf8'), '1\n')
})

test('a pidfile that cannot be written is one sentence and exit code 1', async (t) => {
  const { path } = temporaryFolder(t)
  const { code, log } = await runServer(t, { args: ['-p', path('missing/server.pid')] })
  assert.equal(code, 1)
  assert.ok(log.includes(path('missing/server.pid')))
  assert.doesNotMatch(log, /^\s+at /m)
})
