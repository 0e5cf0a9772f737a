import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { probeSource, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { holdRequest } from './harness/held.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { isAlive } from './harness/processes.js'
import { identify, RequestFailure } from './harness/request.js'
import { startServer } from './harness/server.js'

test('20 × HUP under load, keep-alive and a connection a request, none tried again: 0 of all requests fail; 4 × HUP cost gunicorn 2 to 10 (gthread) and 73 to 100 (asgi) (E18), 2 reloads PM2 7 45 and Watt 25', async (t) => {
  const server = await startServer(t, { args: ['-w', '4'] })
  const load = startLoad(t, server)
  for (let generation = 2; generation <= 21; generation++) {
    server.signal('SIGHUP')
    await server.waitForLog(new RegExp(`Ready: generation ${generation}, 4 workers`), { deadline: 60_000 })
  }
  await load.answers(50)
  const tally = await load.stop()
  assertNoneFailed(tally)
  assert.ok(tally.pids.size > 21, `workers of many generations answered: ${tally.pids.size}`)
  t.diagnostic(`${tally.answered} requests over 20 reloads, answered by ${tally.pids.size} workers`)
})

const brokenDeploys = [
  { what: 'a syntax error', source: 'export const app = (' },
  { what: 'an error at import', source: 'throw new Error("broken on purpose")' },
  { what: 'an export that is gone', source: 'export const other = 1' },
  { what: 'an exit at import', source: 'process.exit(0)' },
  { what: 'a start that never ends', source: 'await new Promise((resolve) => setTimeout(resolve, 600_000))' },
  { what: 'a loop at import', source: 'for (;;);' },
] as const

test('HUP with a broken app: 0 requests fail, the old generation serves; mended, the new one serves; gunicorn refused 4038 connections and exited 1 (E2)', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('good') })
  const args = ['-w', '2', '--boot-timeout', '5']
  const server = await startServer(t, { app: `${path('app.mjs')}:app`, args })
  const before = server.workers()
  const load = startLoad(t, server)

  for (const { what, source } of brokenDeploys) {
    deploy('app.mjs', source)
    const mark = server.mark()
    server.signal('SIGHUP')
    await server.waitForLog(/Reload: generation \d+ failed: .*\S; generation 1 stays/, { after: mark })
    await load.answers(20)
    const verdicts = server.log(mark).match(/Reload: generation \d+ failed/g) ?? []
    assert.equal(verdicts.length, 1, `${what}: one verdict`)
    const onlyOld = () => isDeepStrictEqual(server.workers(), before)
    await poll(onlyOld, { what: `${what}: the workers are the old ones` })
  }

  deploy('app.mjs', probeSource('mended'))
  const mark = server.mark()
  server.signal('SIGHUP')
  const [, generation] = await server.waitForLog(/Ready: generation (\d+), 2 workers/, { after: mark })
  await load.answers(50)
  const tally = await load.stop()
  assertNoneFailed(tally)
  assert.deepEqual([...tally.versions.keys()].sort(), ['good', 'mended'])
  const now = await identify(server)
  assert.deepEqual([now.version, now.generation], ['mended', generation])
})

test('a worker that misses the boot deadline on a reload is not waited for, and the log says why', async (t) => {
  const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('good') })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2', '--boot-timeout', '5'] })
  deploy('app.mjs', 'await new Promise((resolve) => setTimeout(resolve, 600_000))')
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 failed: .*boot.*; generation 1 stays/)
  assert.equal((await identify(server)).version, 'good')
})

test('HUPs that come during a reload make one more, not one each; PM2 made zombies of them', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const mark = server.mark()
  server.signal('SIGHUP')
  await server.waitForLog(/Booting worker/, { after: mark })
  for (let count = 0; count < 3; count++) server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 3, 2 workers/)
  // A worker more shows that the arbiter went on to other things: were there another reload, it would have begun.
  server.signal('SIGTTIN')
  await server.waitForLog(/Booting worker with pid: \d+ \(slot 2\)/)
  await poll(() => server.workers().length === 3, { what: 'three workers are left' })
  assert.doesNotMatch(server.log(), /generation 4/)
  assert.equal((server.log().match(/Booting worker/g) ?? []).length, 2 + 2 + 2 + 1)
})

test('a request that runs while its worker is replaced is answered by that worker', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const held = await holdRequest(t, server)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  held.release()
  const answer = await held.answer
  if (answer instanceof RequestFailure) throw answer
  assert.equal(answer.body, 'released')
  assert.ok(server.log().includes(`Booting worker with pid: ${answer.pid} `))
  await poll(() => !isAlive(answer.pid), { what: 'the old worker has left' })
})

test('an idle keep-alive connection outlives the reload and its next answer asks to close', async (t) => {
  // On a busy machine the first answer may hold the loop for so long that it ends its connection.
  const args = ['-w', '2', '--graceful-timeout', '30', '--rebalance-after', '0']
  const server = await startServer(t, { args })
  const connections = await Promise.all([1, 2, 3, 4].map(() => connect(t, server)))
  for (const connection of connections) {
    connection.send(getRequest('/'))
    await connection.answers(1)
  }
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  for (const connection of connections) {
    assert.equal(connection.isClosed(), false)
    connection.send(getRequest('/'))
    const answer = (await connection.answers(2)).split('HTTP/1.1 ')[2] ?? ''
    assert.match(answer, /"generation":"1"/)
    assert.match(answer, /^Connection: close\r$/im)
    assert.equal(await connection.closed, 'end')
  }
})
