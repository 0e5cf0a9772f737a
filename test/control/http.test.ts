import assert from 'node:assert/strict'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { createRoutedServer, type Route } from '../../src/control/http.js'
import { listenAtPath } from '../../src/control/socket.js'
import { temporaryFolder } from '../process/harness/application.js'
import { ask } from '../process/harness/control.js'
import { poll } from '../process/harness/poll.js'

const routes: Route[] = [
  { method: 'GET', path: /^\/v1\/status$/, reply: () => ({ json: { state: 'running' } }) },
  { method: 'POST', path: /^\/v1\/scale$/, reply: async ({ body }) => ({ json: await body() }) },
  {
    method: 'POST',
    path: /^\/v1\/reload$/,
    reply: () => ({ lines: async (tell) => tell({ type: 'started' }) }),
  },
  {
    method: 'GET',
    path: /^\/v1\/broken$/,
    reply() {
      throw new Error('on purpose')
    },
  },
]

async function serve(t: TestContext): Promise<string> {
  const { path } = temporaryFolder(t)
  const { close } = await listenAtPath(createRoutedServer(routes), path('control.sock'))
  t.after(close)
  return path('control.sock')
}

async function answers(socketPath: string): Promise<void> {
  const { status, body } = await ask(socketPath, 'GET', '/v1/status')
  assert.deepEqual([status, JSON.parse(body)], [200, { state: 'running' }])
}

/** Sends these bytes, and leaves when the server closes or has had a moment; an incomplete request it would wait for. */
async function blurt(socketPath: string, bytes: string | Uint8Array): Promise<void> {
  const socket = net.connect(socketPath).resume()
  const closed = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()))
  socket.write(bytes)
  socket.setTimeout(20, () => socket.destroy())
  await closed
}

test('what is not there, not allowed, not JSON, too long or broken is refused with a sentence', async (t) => {
  const socketPath = await serve(t)
  const cases: [string, string, string | undefined, number][] = [
    ['GET', '/', undefined, 404],
    ['GET', '/v1/status/', undefined, 404],
    ['GET', '/v1/scale', undefined, 405],
    ['DELETE', '/v1/scale', undefined, 405],
    ['POST', '/v1/scale', '{"workers":', 400],
    ['POST', '/v1/scale', '[1]', 400],
    ['POST', '/v1/scale', 'null', 400],
    ['POST', '/v1/scale', 'x'.repeat(1_000_000), 413],
    ['GET', '/v1/broken', undefined, 500],
    ['GET', `/${'x'.repeat(7_000)}`, undefined, 404],
  ]
  for (const [method, route, body, expected] of cases) {
    const answer = await ask(socketPath, method, route, body)
    assert.equal(answer.status, expected, `${method} ${route.slice(0, 30)}`)
    assert.equal(typeof JSON.parse(answer.body).error.message, 'string')
  }
  assert.deepEqual(JSON.parse((await ask(socketPath, 'POST', '/v1/scale', '{"workers":4}')).body), {
    workers: 4,
  })
  assert.equal((await ask(socketPath, 'POST', '/v1/scale')).body, '{}\n')
  await answers(socketPath)
})

test('no bytes whatever do any harm', async (t) => {
  const socketPath = await serve(t)
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc.string({ maxLength: 500 }).map((text) => `GET ${text} HTTP/1.1\r\nHost: x\r\n\r\n`),
    fc.string({ maxLength: 500 }).map((text) => `POST /v1/scale HTTP/1.1\r\nHost: x\r\n${text}\r\n\r\n`),
    fc
      .json()
      .map((json) => `POST /v1/scale HTTP/1.1\r\nHost: x\r\nContent-Length: ${json.length}\r\n\r\n${json}`),
    fc.nat().map((size) => `POST /v1/scale HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n{`),
    fc
      .string({ maxLength: 50 })
      .map((text) => `POST /v1/scale HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${text}`),
  )
  await fc.assert(
    fc.asyncProperty(noise, async (bytes) => {
      await blurt(socketPath, bytes)
    }),
    { numRuns: 200 },
  )
  await answers(socketPath)
})

test('a client that is slow, silent or does not read costs others nothing, and is closed', async (t) => {
  const socketPath = await serve(t)
  const closed: string[] = []
  const open = (name: string, bytes: string) => {
    const socket = net.connect(socketPath)
    t.after(() => socket.destroy())
    socket.on('error', () => {}).on('close', () => closed.push(name))
    socket.write(bytes)
    return socket
  }
  open('half a head', 'GET /v1/status HTTP/1.1\r\nHost:').resume()
  open('half a body', 'POST /v1/scale HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{').resume()
  open('reads nothing', 'GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000)).pause()
  await answers(socketPath)
  await poll(() => closed.includes('half a head') && closed.includes('half a body'), {
    what: 'slow clients are closed',
  })
  await answers(socketPath)
})

test('a hundred clients at once are answered', async (t) => {
  const socketPath = await serve(t)
  await Promise.all(Array.from({ length: 100 }, () => answers(socketPath)))
})
