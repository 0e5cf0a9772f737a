import assert from 'node:assert/strict'
import { mkdirSync, rmdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { holdRequest } from './harness/held.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { isAlive, signalProcess } from './harness/processes.js'
import { identify, RequestFailure, request } from './harness/request.js'
import { ended, startServer } from './harness/server.js'
import { zombiesOf } from './harness/zombies.js'

const stopped = { code: 0, signal: null }
const linux = process.platform === 'linux'

/** An import that takes this many milliseconds. */
function slowly(milliseconds: number): string {
  return `await new Promise((resolve) => setTimeout(resolve, ${milliseconds}))`
}

describe('what others lose', { concurrency: 2 }, () => {
  test('a reload of an app that is slow to boot: 0 fail and none waits for the boot; gunicorn let requests wait 5.02 s of a 5 s boot (E1), PM2 7 gave 6 resets and 2 hangs at a 4 s boot', async (t) => {
    const boot = 3_000
    const { path } = temporaryFolder(t, { 'app.mjs': probeSource('slow', slowly(boot)) })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2', '--reload-surge', '2'] })
    const load = startLoad(t, server, { keepAlive: 2, fresh: 2, timeout: boot })
    server.signal('SIGHUP')
    await server.waitForLog(/Ready: generation 2, 2 workers/)
    await load.answers(20)
    assertNoneFailed(await load.stop())
  })

  test('a reload with one worker: 0 requests fail; PM2’s fork mode can’t reload but restarts', async (t) => {
    const server = await startServer(t, { args: ['-w', '1'] })
    const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
    for (const generation of [2, 3]) {
      server.signal('SIGHUP')
      await server.waitForLog(new RegExp(`Ready: generation ${generation}, 1 worker`))
    }
    await load.answers(20)
    assertNoneFailed(await load.stop())
  })

  test('a worker dies while its app can’t boot: the others serve on, and the slot is filled when it can; gunicorn stopped all four and exited 3 (E24)', async (t) => {
    const { path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('good') })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '4'] })
    const [victim, ...others] = server.workers()
    deploy('app.mjs', 'throw new Error("the data base is down")')
    signalProcess(victim?.pid ?? 0, 'SIGKILL')
    await server.waitForLog(/Worker \d+ \(slot 0\) exited: boot-failure .*failure [2-9] in a row/)
    for (const { pid } of others) assert.ok(isAlive(pid))
    assert.equal((await identify(server)).version, 'good')
    deploy('app.mjs', probeSource('good'))
    await poll(() => server.workers().length === 4, { what: 'the slot is filled again' })
    for (const { pid } of others) assert.ok(isAlive(pid))
  })

  test('TERM while a reload waits for an old request: heard at once, the request is answered; gunicorn heard it 11 s later (E12)', async (t) => {
    const server = await startServer(t, { args: ['-w', '1'] })
    const held = await holdRequest(t, server)
    server.signal('SIGHUP')
    await server.waitForLog(/Ready: generation 2, 1 worker/)
    server.signal('SIGTERM')
    // The new generation ends at once; what is left is the old worker with its request.
    await server.waitForLog(/Worker \d+ \(slot 0\) exited: stop/)
    held.release()
    const answer = await held.answer
    if (answer instanceof RequestFailure) throw answer
    assert.equal(answer.body, 'released')
    assert.deepEqual(await ended(server), stopped)
  })

  test('HUP: a stream that never ends is cut at the graceful timeout, and the log says so; in gunicorn a 12 s request outlived --graceful-timeout 2 (E17), a worker of node:cluster waits for ever', async (t) => {
    const server = await startServer(t, { args: ['-w', '1', '--graceful-timeout', '2'] })
    const [old] = server.workers()
    const held = await holdRequest(t, server, { begin: true })
    server.signal('SIGHUP')
    assert.ok((await held.answer) instanceof RequestFailure)
    await server.waitForLog(new RegExp(`Worker ${old?.pid} \\(slot 0\\) exited: reload`))
    await server.waitForLog(/1 busy connection was cut/)
    assert.equal((await identify(server)).generation, '2')
  })

  test('TERM: what is cut at the graceful timeout is told in the log; gunicorn gave an empty reply without a line (E27)', async (t) => {
    const server = await startServer(t, { args: ['-w', '1', '--graceful-timeout', '1'] })
    const held = await holdRequest(t, server)
    server.signal('SIGTERM')
    assert.ok((await held.answer) instanceof RequestFailure)
    assert.deepEqual(await ended(server), stopped)
    assert.match(server.log(), /1 busy connection was cut/)
  })

  test('a boot longer than --timeout is no hang: it has a deadline of its own; gunicorn has no boot timeout (E31, E34)', async (t) => {
    const { path } = temporaryFolder(t, { 'app.mjs': probeSource('slow', slowly(4_000)) })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '1', '-t', '3'] })
    assert.equal((await identify(server)).version, 'slow')
    assert.doesNotMatch(server.log(), /hung/)
  })

  test('a busy worker is killed while 6 new connections come: all are answered; node:cluster and PM2 leave 1 of 6 hanging for ever', async (t) => {
    const server = await startServer(t, { args: ['-w', '2'] })
    const spinning = request(server, '/hang?announce=hang').catch((failure: RequestFailure) => failure)
    await server.waitForLog(/running hang/)
    const coming = Array.from({ length: 6 }, () => request(server, '/?ms=200', { timeout: 10_000 }))
    // Whoever answers is not the one that spins.
    const { pid } = await identify(server)
    for (const worker of server.workers()) if (worker.pid !== pid) signalProcess(worker.pid, 'SIGKILL')
    for (const answer of await Promise.all(coming)) assert.equal(answer.status, 200)
    assert.ok((await spinning) instanceof RequestFailure)
  })

  test('every worker is killed at once: new connections wait and are answered; node:cluster refuses them', async (t) => {
    const server = await startServer(t, { args: ['-w', '2'] })
    for (const { pid } of server.workers()) signalProcess(pid, 'SIGKILL')
    const connection = await connect(t, server)
    connection.send(getRequest('/'))
    assert.match(await connection.answers(1), /^HTTP\/1\.1 200 OK/)
    for (const answer of await Promise.all([1, 2, 3].map(() => request(server))))
      assert.equal(answer.status, 200)
  })

  test('native code aborts in one worker: the others serve, no zombie is left; Watt’s threads all die with it', {
    skip: !linux && 'looks into /proc',
  }, async (t) => {
    const { path } = temporaryFolder(t, {
      'app.mjs': `${probeSource('one').replace('export const app', 'const other')}
        export const app = (request, response) =>
          request.url === '/abort' ? process.abort() : other(request, response)`,
    })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'] })
    const before = server.workers()
    await request(server, '/abort').catch(() => {})
    const [, pid] = await server.waitForLog(/Worker (\d+) \(slot \d\) exited: crash \(signal SIGABRT\)/)
    assert.equal((await request(server)).status, 200)
    const other = before.find((worker) => worker.pid !== Number(pid))
    assert.ok(isAlive(other?.pid ?? 0))
    await poll(() => server.workers().length === 2, { what: 'the slot is served again' })
    assert.deepEqual(zombiesOf(server.pid), [])
  })

  test('an app may change its working directory; Watt’s threads may not', async (t) => {
    const { path, folder } = temporaryFolder(t, {
      'app.mjs': `process.chdir(import.meta.dirname ?? new URL('.', import.meta.url).pathname)
        export const app = (request, response) => response.end(process.cwd())`,
    })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '1'] })
    assert.equal((await request(server)).body, folder)
  })

  test('HUP while the settings can’t be read: one error, the old workers stay; gunicorn’s arbiter died with 1 (E28)', async (t) => {
    const { path, folder } = temporaryFolder(t)
    mkdirSync(path('work'))
    const server = await startServer(t, { args: ['-w', '2', '--chdir', path('work')] })
    const before = server.workers()
    rmdirSync(path('work'))
    server.signal('SIGHUP')
    await server.waitForLog(new RegExp(`Reload: .*${folder}/work.*`))
    assert.equal([...server.log().matchAll(/ERROR/g)].length, 1)
    assert.deepEqual(server.workers(), before)
    assert.equal((await identify(server)).generation, '1')
  })
})
