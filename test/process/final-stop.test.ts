import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Connection, connect, getRequest } from './harness/connection.js'
import { poll } from './harness/poll.js'
import { request } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'
import { findCommand } from './harness/unprivileged.js'

/** Connections with a request each, made one after the other. */
async function fill(t: TestContext, server: Server, count: number, path = '/'): Promise<Connection[]> {
  const connections: Connection[] = []
  for (let made = 0; made < count; made++) {
    const connection = await connect(t, server)
    connection.send(getRequest(path))
    connections.push(connection)
  }
  return connections
}

async function assertAllAnswered(connections: readonly Connection[]): Promise<void> {
  for (const [index, connection] of connections.entries()) {
    assert.equal(await connection.closed, 'end', `connection ${index}`)
    assert.match(connection.received(), /^HTTP\/1\.1 200 /, `connection ${index}`)
  }
}

const prlimit = findCommand('prlimit')
const linger = ['--drain-linger', '300ms']

for (const { what, args, prefix } of [
  { what: '--max-connections 5', args: ['--max-connections', '5'], prefix: [] },
  { what: '100 descriptors', args: [], prefix: [prlimit ?? '', '--nofile=100:100'] },
]) {
  for (const workers of ['1', '2']) {
    test(`TERM while all of ${workers} workers are full (${what}): what is queued is answered as places become free`, {
      skip: prefix.length > 0 && !prlimit ? 'there is no prlimit' : false,
    }, async (t) => {
      const server = await startServer(t, { args: ['-w', workers, ...linger, ...args], prefix })
      const connections = await fill(t, server, prefix.length > 0 ? 200 : 40)
      const answered = () => connections.filter((connection) => connection.received() !== '').length
      await poll(() => answered() >= 5 * Number(workers), { what: 'the workers are full' })
      assert.ok(answered() < connections.length, 'some connections wait')
      server.signal('SIGTERM')
      await assertAllAnswered(connections)
      assert.deepEqual(await ended(server), { code: 0, signal: null })
    })
  }
}

test('TERM while a handler blocks the only worker: what comes to more than its places is answered too', async (t) => {
  const server = await startServer(t, { args: ['-w', '1', '--max-connections', '5', ...linger] })
  const blocked = request(server, '/block?ms=1500&announce=blocked')
  await server.waitForLog(/running blocked/)
  const connections = await fill(t, server, 30, '/?ms=100')
  server.signal('SIGTERM')
  assert.equal((await blocked).body, 'blocked')
  await assertAllAnswered(connections)
  assert.deepEqual(await ended(server), { code: 0, signal: null })
})

test('INT while all workers are full ends at once', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--max-connections', '5'] })
  const connections = await fill(t, server, 30)
  server.signal('SIGTERM')
  await server.waitForLog(/Stopping: workers finish/)
  server.signal('SIGINT')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  for (const connection of connections) await connection.closed
})
