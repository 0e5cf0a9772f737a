import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { type Server, startServer } from './harness/server.js'

function slots(server: Server): number[] {
  return server.workers().map(({ slot }) => slot)
}

function hasSlots(server: Server, expected: readonly number[]): Promise<true> {
  return poll(() => slots(server).join() === expected.join(), { what: `the slots are ${expected}` })
}

test('TTIN adds a worker, TTOU takes one away, and no request is lost', async (t) => {
  const server = await startServer(t, { args: ['-w', '1'] })
  const load = startLoad(t, server)
  for (let round = 0; round < 3; round++) {
    for (const [signal, expected] of [
      ['SIGTTIN', [0, 1]],
      ['SIGTTIN', [0, 1, 2]],
      ['SIGTTOU', [0, 1]],
      ['SIGTTOU', [0]],
    ] as const) {
      server.signal(signal)
      await hasSlots(server, expected)
      await load.answers(50)
    }
  }
  const tally = await load.stop()
  assertNoneFailed(tally)
  assert.ok(tally.pids.size > 1, 'the new workers have answered')
})

test('TTOU stops at one worker', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const [first] = server.workers()
  server.signal('SIGTTOU')
  await hasSlots(server, [0])
  const mark = server.mark()
  server.signal('SIGTTOU')
  await server.waitForLog(/Handling signal: ttou/, { after: mark })
  // The worker more shows that the TTOU was not counted either.
  server.signal('SIGTTIN')
  await hasSlots(server, [0, 1])
  await server.waitForLog(/Ready: generation 1, 2 workers/, { after: mark })
  assert.deepEqual(server.workers()[0], first)
  assert.doesNotMatch(server.log(mark), /slot 0/)
})

test('what TTIN and TTOU set is kept over HUP', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  server.signal('SIGTTIN')
  await hasSlots(server, [0, 1, 2])
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 3 workers/)
  await hasSlots(server, [0, 1, 2])
  for (const left of [[0, 1], [0]]) {
    server.signal('SIGTTOU')
    await hasSlots(server, left)
  }
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 3, 1 workers?\b/)
  await hasSlots(server, [0])
})
