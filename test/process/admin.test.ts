import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { holdRequest } from './harness/held.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { type Answer, request } from './harness/request.js'
import { ended, runServer, type Server, startServer } from './harness/server.js'

/** A server with an admin address, and how to ask there. */
async function startWithAdmin(
  t: TestContext,
  args: string[] = [],
): Promise<{ server: Server; ask: (route: string, method?: string) => Promise<Answer> }> {
  const server = await startServer(t, { args: ['--admin', '0', ...args] })
  const [, port] = await server.waitForLog(/Admin page: http:\/\/127\.0\.0\.1:(\d+)/)
  return { server, ask: (route, method = 'GET') => request({ port: Number(port) }, route, { method }) }
}

test('readiness needs --ready-min workers, liveness none; neither is stuck behind a busy worker', async (t) => {
  const { server, ask } = await startWithAdmin(t, ['-w', '2', '--ready-min', '2'])
  assert.equal((await ask('/readyz')).status, 200)
  for (const [index] of server.workers().entries()) {
    request(server, `/block?ms=2000&announce=block${index}`).catch(() => {})
    await server.waitForLog(new RegExp(`running block${index}`))
  }
  assert.deepEqual([(await ask('/readyz')).status, (await ask('/livez')).status], [200, 200])

  const [victim] = server.workers()
  assert.ok(victim)
  // One that dies young rests before the next try: there is time to see it.
  signalProcess(victim.pid, 'SIGKILL')
  await poll(async () => (await ask('/readyz')).status === 503, { what: 'one worker is too few' })
  assert.equal((await ask('/livez')).status, 200)
  await poll(async () => (await ask('/readyz')).status === 200, { what: 'there are two again' })
})

test('while stopping it is not ready, though the delay serves on', async (t) => {
  const { server, ask } = await startWithAdmin(t, ['--shutdown-delay', '2s'])
  const held = await holdRequest(t, server)
  server.signal('SIGTERM')
  await poll(async () => (await ask('/readyz')).status === 503, { what: 'readiness says no' })
  assert.equal((await request(server)).status, 200, 'new requests are served during the delay')
  assert.equal((await ask('/livez')).status, 200)
  held.release()
  assert.equal((await ended(server)).code, 0)
})

test('the page, the metrics and the status can be read, and nothing can be ordered', async (t) => {
  const { ask } = await startWithAdmin(t)
  const page = await ask('/')
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  assert.match(
    String(page.headers['content-security-policy']),
    /default-src 'none'; script-src 'sha256-[\w+/]+=*'/,
  )
  assert.match((await ask('/metrics')).body, /^nworkers_workers\{state="ready"\} 1$/m)
  assert.equal(JSON.parse((await ask('/v1/status')).body).state, 'running')
  for (const route of ['/v1/stop', '/v1/reload', '/v1/scale']) {
    assert.equal((await ask(route, 'POST')).status, 404)
  }
  assert.equal((await ask('/readyz', 'POST')).status, 405)
})

test('an admin address in use ends the start', async (t) => {
  const { server } = await startWithAdmin(t)
  const { code, log } = await runServer(t, { args: ['--admin', String(server.port)] })
  assert.equal(code, 1)
  assert.match(
    log,
    /Cannot listen at http:\/\/127\.0\.0\.1:\d+: it is in use; choose another one with --admin\./,
  )
})
