import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { projectFolder } from '../process/harness/application.js'
import { poll } from '../process/harness/poll.js'
import type { ClientKind } from './clients/client.js'
import { clientKinds } from './clients/kinds.js'
import { type Load, startLoad } from './load.js'

interface Fixture {
  server: Server
  drain(): void
}

const fixturePath = path.join(projectFolder, 'test/fixtures/chaos/app.mjs')

/** The driver's app in this process, without nworkers, and some load on it. */
async function serve(
  t: TestContext,
  options: { sabotage?: string; kinds?: readonly ClientKind[] } = {},
): Promise<Fixture & { load: Load }> {
  const { kinds = clientKinds, sabotage } = options
  const module = (await import(pathToFileURL(fixturePath).href)) as {
    createApp(options: { sabotage?: string | undefined }): Fixture
  }
  const fixture = module.createApp({ sabotage })
  fixture.server.listen(0, '127.0.0.1')
  await once(fixture.server, 'listening')
  const { port } = fixture.server.address() as AddressInfo
  const load = startLoad({ port, seed: 1, kinds })
  t.after(async () => {
    await load.finish()
    fixture.server.closeAllConnections()
    fixture.server.close()
  })
  return { ...fixture, load }
}

function kind(name: string): ClientKind {
  const found = clientKinds.find((one) => one.name === name)
  assert.ok(found, name)
  return found
}

/** Every kind of client has done its work some times. */
function allServed(load: Load, times: number): Promise<true> {
  const least = () => Math.min(...[...load.record.tallies.values()].map(({ ok }) => ok))
  return poll(() => least() >= times, {
    deadline: 60_000,
    what: `each kind of client has ${times} good attempts`,
  })
}

function errors(load: Load): string[] {
  return load.record.failures.map(({ client, error }) => `${client}: ${error}`)
}

test('no client finds a fault in a good server, and each counts what came', async (t) => {
  const { load } = await serve(t)
  await allServed(load, 2)
  await load.finish()
  assert.deepEqual(errors(load), [])
  for (const [name, { bytes, messages }] of load.record.tallies) {
    assert.ok(bytes > 0, name)
    assert.equal(messages > 0, ['event stream', 'WebSocket'].includes(name), name)
  }
})

test('streams that end with a goodbye have ended well', async (t) => {
  const { load, drain } = await serve(t, { kinds: [kind('event stream'), kind('WebSocket')] })
  await allServed(load, 1)
  drain()
  await allServed(load, 20)
  await load.finish()
  assert.deepEqual(errors(load), [])
})

const sabotages = [
  { sabotage: 'reset', client: 'keep-alive', error: /ECONNRESET|closed/ },
  {
    sabotage: 'mix',
    client: 'connection each',
    error: /the answer to connectioneach-\d+-\d+ is "{\\"id\\":/,
  },
  { sabotage: 'mix', client: 'pipelined', error: /the answer to pipelined-/ },
  { sabotage: 'corrupt', client: 'slow download', error: /wrong checksum/ },
] as const

for (const { sabotage, client, error } of sabotages) {
  test(`a server with the fault "${sabotage}" is found out by: ${client}`, async (t) => {
    const { load } = await serve(t, { sabotage, kinds: [kind(client)] })
    await poll(() => load.record.failures.length > 0, { what: 'a failure' })
    assert.match(errors(load)[0] ?? '', error)
  })
}

test('streams that are cut are found out', async (t) => {
  const kinds = [kind('event stream'), kind('WebSocket'), kind('slow upload'), kind('slow download')]
  const { load, server, drain } = await serve(t, { sabotage: 'abrupt', kinds })
  await poll(async () => (await connections(server)) >= 10, { what: 'a connection of each client' })
  const found = () => {
    drain()
    return kinds.every(({ name }) => load.record.failures.some(({ client }) => client === name))
  }
  await poll(found, { what: 'each of them has failed' })
  assert.ok(load.record.failures.every(({ lost }) => lost))
})

test('an idle connection that is closed without an announcement is a failure', async (t) => {
  const { load, server } = await serve(t, { kinds: [kind('keep-alive')] })
  await allServed(load, 50)
  await poll(
    () => {
      server.closeIdleConnections()
      return load.record.failures.length > 0
    },
    { what: 'a failure' },
  )
  assert.match(errors(load)[0] ?? '', /closed|ECONNRESET/)
})

function connections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
}
