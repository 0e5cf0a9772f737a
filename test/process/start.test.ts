import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { identify, request } from './harness/request.js'
import { startServer } from './harness/server.js'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

test('says where it listens and when it is ready, in lines of gunicorn’s shape', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const shape =
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[(\d+)\] \[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\] \S/
  for (const line of server.log().trimEnd().split('\n')) assert.match(line, shape)

  assert.match(
    server.log(),
    new RegExp(`\\[${server.pid}\\] \\[INFO\\] Listening at: ${server.url} \\(${server.pid}\\)`),
  )
  assert.match(server.log(), /\[INFO\] Ready: generation 1, 2 workers$/m)
  assert.deepEqual(
    server.workers().map(({ slot }) => slot),
    [0, 1],
  )
})

test('port 0 lets the kernel choose, and the real port is printed', async (t) => {
  const server = await startServer(t, { args: ['-b', '127.0.0.1:0'] })
  assert.notEqual(server.port, 0)
  assert.equal((await request(server)).status, 200)
})

test('is not ready before the app has finished its start', async (t) => {
  const { path } = temporaryFolder(t, {
    'app.mjs': `await new Promise((resolve) => setTimeout(resolve, 300))
      console.error('the app has started')
      export default (request, response) => response.end('ok')`,
  })
  const server = await startServer(t, { app: path('app.mjs') })
  assert.match(server.log(), /the app has started[\s\S]*Ready: generation 1, 1 workers?\b/)
})

test('several binds: TCP, a unix socket and IPv6 serve the same app', {
  skip: !hasIpv6 && 'no IPv6 here',
}, async (t) => {
  const { path } = temporaryFolder(t)
  const socketPath = path('app.sock')
  const args = ['-w', '2', '-b', '127.0.0.1:0', '-b', `unix:${socketPath}`, '-b', '[::1]:0']
  const server = await startServer(t, { args })

  const ipv6 = /Listening at: http:\/\/\[::1\]:(\d+)/.exec(server.log())
  assert.ok(ipv6, 'the IPv6 address is logged')
  assert.ok(existsSync(socketPath))
  assert.match(server.log(), new RegExp(`Listening at: unix:${socketPath} \\(${server.pid}\\)`))

  const pids = server.workers().map(({ pid }) => pid)
  assert.ok(pids.includes((await identify(server)).pid))
  assert.ok(pids.includes((await identify({ port: 0, socketPath })).pid))
  assert.ok(pids.includes((await identify({ port: Number(ipv6[1]) }, { host: '::1' })).pid))
})

test('requests are spread over the 4 workers', async (t) => {
  const server = await startServer(t, { args: ['-w', '4'] })
  const pids = new Set<number>()
  await poll(
    async () => {
      // Each blocks its worker for a moment, so the kernel has to hand the next to another one.
      const answers = await Promise.all(Array.from({ length: 8 }, () => request(server, '/block?ms=30')))
      for (const { pid } of answers) pids.add(pid)
      return pids.size === 4
    },
    { what: 'all 4 workers have answered' },
  )
  assert.deepEqual(
    [...pids].sort(),
    server
      .workers()
      .map(({ pid }) => pid)
      .sort(),
  )
})
