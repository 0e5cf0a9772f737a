import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { connectWebSocket, type WebSocketClient } from '../../src/arbiter/examine/websocket.js'
import { descriptorKinds } from '../process/harness/descriptors.js'
import { poll, within } from '../process/harness/poll.js'
import { reload } from '../process/harness/reloads.js'
import { type Server, startServer } from '../process/harness/server.js'
import { settled } from '../process/harness/settled.js'
import { zombiesOf } from '../process/harness/zombies.js'

/** Reloads before the first look: by then caches are filled and code is compiled. */
const warmUp = 40
const reloads = 300

/** What the arbiter may have grown by, as a share. */
const allowedGrowth = 0.03

/** Asks the inspector of a process for things, one after the other. */
async function openInspector(url: string): Promise<{
  ask(method: string, params?: object): Promise<unknown>
  close(): void
}> {
  const waiting = new Map<number, (result: unknown) => void>()
  let lastId = 0
  const opening = new Promise<WebSocketClient>((resolve, reject) => {
    connectWebSocket(url, {
      onOpen: resolve,
      onText(text) {
        const { id, result } = JSON.parse(text)
        waiting.get(id)?.(result)
        waiting.delete(id)
      },
      onEnd: () => reject(new Error('The inspector has closed the connection')),
    })
  })
  const client = await within(opening, { what: 'the inspector answers' })
  return {
    ask(method, params = {}) {
      const id = ++lastId
      const answer = new Promise<unknown>((resolve) => waiting.set(id, resolve))
      client.send(JSON.stringify({ id, method, params }))
      return within(answer, { what: `the inspector answers ${method}` })
    },
    close() {
      client.close()
    },
  }
}

/** The bytes that the arbiter's objects take after a garbage collection. */
async function heapUsed(server: Server): Promise<number> {
  const [, url = ''] = await server.waitForLog(/^Debugger listening on (ws:\S+)/m)
  const inspector = await openInspector(url)
  await inspector.ask('HeapProfiler.enable')
  for (let pass = 0; pass < 3; pass++) await inspector.ask('HeapProfiler.collectGarbage')
  const answer = await inspector.ask('Runtime.evaluate', { expression: 'process.memoryUsage().heapUsed' })
  inspector.close()
  return Number((answer as { result: { value: number } }).result.value)
}

test(`${reloads} reloads leave the arbiter as it was: descriptors, memory, no zombies, no stray sockets`, {
  skip: process.platform !== 'linux' && 'looks into /proc',
}, async (t) => {
  const server = await startServer(t, {
    args: ['-w', '1'],
    // The shell puts the flags between Node and the command. Code that V8 compiles as it gets hot is no leak, yet it
    // would be the larger part of what is measured; snapshots of the heap show nothing else that grows.
    prefix: ['/bin/sh', '-c', 'exec "$0" --jitless --inspect=127.0.0.1:0 "$@"'],
  })
  const generation = await reload(server, 1, warmUp)
  const memory = await heapUsed(server)
  const descriptors = await settled(() => descriptorKinds(server.pid))

  await reload(server, generation, reloads)
  const later = await heapUsed(server)
  const growth = later / memory - 1
  t.diagnostic(`heap ${memory} bytes before, ${later} after: ${(growth * 100).toFixed(2)} % more`)
  assert.ok(growth < allowedGrowth, `the heap grew by ${(growth * 100).toFixed(2)} %`)
  const isAsBefore = () => isDeepStrictEqual(descriptorKinds(server.pid), descriptors)
  await poll(isAsBefore, { what: `the descriptors are again ${descriptors.join(', ')}` })
  await poll(() => zombiesOf(server.pid).length === 0, { what: 'no zombie is left' })
})
