import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../process/harness/access-lines.js'
import { temporaryFolder } from '../process/harness/application.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { reload } from '../process/harness/reloads.js'
import { request, type Target } from '../process/harness/request.js'
import { type Server, startServer } from '../process/harness/server.js'
import { findCommand } from '../process/harness/unprivileged.js'
import { adapt, blocksOf } from './page.js'
import { freePort, startProxy } from './proxy.js'

const haproxy = findCommand('haproxy')
const skip = haproxy ? false : 'there is no haproxy'
const [config = ''] = blocksOf('haproxy.md', 'haproxy')

/** nworkers behind HAProxy, as the page has it. */
async function start(
  t: TestContext,
  ...changes: [before: string, after: string][]
): Promise<{ server: Server; front: Target; file: string }> {
  const { path, deploy } = temporaryFolder(t)
  const file = path('access.log')
  const log = ['--access-logfile', file, '--access-logformat', 'json']
  const server = await startServer(t, {
    args: ['-w', '2', '--proxy-protocol', '--proxy-allow-from', '127.0.0.1', ...log],
  })
  const front = { port: await freePort() }
  const text = adapt(
    config,
    [':80\n', `127.0.0.1:${front.port}\n`],
    ['127.0.0.1:8000', `127.0.0.1:${server.port}`],
    ...changes,
  )
  deploy('haproxy.cfg', text)
  await startProxy(t, [haproxy ?? '', '-db', '-f', path('haproxy.cfg')], front)
  return { server, front, file }
}

for (const { version, changes } of [
  { version: 2, changes: [] },
  { version: 1, changes: [['send-proxy-v2', 'send-proxy']] },
] satisfies { version: number; changes: [string, string][] }[]) {
  for (const method of ['POST', 'GET']) {
    test(`HAProxy with version ${version}: 10 reloads under load of ${method} lose nothing`, {
      skip,
    }, async (t) => {
      const { server, front } = await start(t, ...changes)
      const load = startLoad(t, front, { keepAlive: 8, fresh: 4, method, duration: 10 })
      await load.answers(100)
      for (let generation = 1; generation <= 10; generation++) {
        await reload(server, generation, 1)
        await load.answers(100)
      }
      assertNoneFailed(await load.stop())
      assert.doesNotMatch(server.log(), /PROXY/)
    })
  }
}

test('HAProxy: the access log tells the client, from wherever it comes', { skip }, async (t) => {
  const { front, file } = await start(t)
  for (const localAddress of ['127.0.0.9', '127.0.0.10']) {
    await request(front, `/?${localAddress}`, { localAddress })
    assert.equal((await lineOf(file, `/?${localAddress}`)).remote, localAddress)
  }
})
