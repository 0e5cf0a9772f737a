import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { before, describe, type TestContext, test } from 'node:test'
import { request } from '../process/harness/request.js'
import { ended, type Server } from '../process/harness/server.js'
import { catalogue } from './catalogue.js'
import { deploy } from './deployment.js'
import { installApps } from './installation.js'

before(installApps, { timeout: 500_000 })

async function served(t: TestContext, specifier: string, folder?: string): Promise<Server> {
  const app = catalogue.find((candidate) => candidate.app === specifier && candidate.folder === folder)
  assert.ok(app)
  return (await deploy(t, app)).server
}

test('Hono: answers stream, cookies are not joined, a client that goes away aborts, waitUntil outlives the drain', async (t) => {
  const server = await served(t, 'hono.js')
  const streamed = await request(server, '/stream')
  assert.deepEqual([streamed.body, streamed.headers['transfer-encoding']], ['0 1 2 ', 'chunked'])
  assert.deepEqual((await request(server, '/cookies')).headers['set-cookie'], ['a=1', 'b=2'])

  const mark = server.mark()
  const leaving = http.get({ port: server.port, host: '127.0.0.1', path: '/aborted', agent: false })
  leaving.on('error', () => {})
  await once(leaving, 'finish')
  // Not before a worker has read it.
  await request(server, '/')
  leaving.destroy()
  await server.waitForLog(/aborted in \d+/, { after: mark })

  assert.equal((await request(server, '/later')).body, 'answered')
  assert.doesNotMatch(server.log(), /waitUntil ended/)
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.match(server.log(), /waitUntil ended in \d+/)
})

describe('graphs', { concurrency: 2 }, () => {
  for (const app of ['apollo.js', 'graphql-yoga.js']) {
    test(`${app}: a query is answered`, async (t) => {
      const server = await served(t, app)
      const { body } = await request(server, '/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ pid }"}',
      })
      const { data } = JSON.parse(body) as { data: { pid: number } }
      assert.ok(server.workers().some(({ pid }) => pid === data.pid))
    })
  }

  test('trpc.js: a procedure is called', async (t) => {
    const server = await served(t, 'trpc.js')
    const { result } = JSON.parse((await request(server, '/pid')).body) as { result: { data: number } }
    assert.ok(server.workers().some(({ pid }) => pid === result.data))
  })
})

test('Next.js: pages, its static files and those of the folder public are served', async (t) => {
  const server = await served(t, 'server.js', 'next')
  const page = await request(server, '/')
  assert.match(page.body, /Served by Next\.js/)
  const script = /src="(\/_next\/static\/[^"]+\.js)"/.exec(page.body)?.[1]
  assert.ok(script)
  const file = await request(server, script)
  assert.deepEqual([file.status, file.body.length > 0], [200, true])
  assert.match(file.headers['cache-control'] ?? '', /immutable/)
  assert.equal((await request(server, '/file.txt')).body, 'a file of the folder public\n')
})
