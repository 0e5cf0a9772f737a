import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import { ended, startServer } from './harness/server.js'

const stopped = { code: 0, signal: null }

describe('--shutdown-delay', { concurrency: 2 }, () => {
  test('after TERM new connections are served for the delay, then it ends with exit code 0', async (t) => {
    const delay = 3_000
    const server = await startServer(t, { args: ['-w', '2', '--shutdown-delay', `${delay}ms`] })
    const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
    const began = performance.now()
    server.signal('SIGTERM')
    await server.waitForLog(/Stopping/)
    await load.answers(20)
    assertNoneFailed(await load.stop())
    assert.deepEqual(await ended(server), stopped)
    assert.ok(performance.now() - began >= delay)
  })

  test('a worker that dies during the delay is replaced, for the service goes on', async (t) => {
    const server = await startServer(t, { args: ['-w', '1', '--shutdown-delay', '60'] })
    server.signal('SIGTERM')
    await server.waitForLog(/Stopping/)
    for (const { pid } of server.workers()) signalProcess(pid, 'SIGKILL')
    assert.equal((await request(server)).status, 200)
    server.signal('SIGINT')
    assert.deepEqual(await ended(server), stopped)
  })

  test('INT during the delay ends it, and HUP changes nothing', async (t) => {
    const server = await startServer(t, { args: ['-w', '2', '--shutdown-delay', '600'] })
    server.signal('SIGTERM')
    await server.waitForLog(/Stopping/)
    server.signal('SIGHUP')
    await server.waitForLog(/Handling signal: hup/)
    assert.equal((await request(server)).status, 200)
    assert.doesNotMatch(server.log(), /Reload: generation/)
    server.signal('SIGINT')
    assert.deepEqual(await ended(server), stopped)
  })
})
