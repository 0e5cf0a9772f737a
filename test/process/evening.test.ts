import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Control, startControlled } from './harness/control.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'

/** How many connections each worker has, by its last beat. */
async function connectionsOf(control: Control): Promise<number[]> {
  return (await control.status()).workers.map(({ connections }) => connections)
}

const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0)

test('40 long connections, wherever they fell, are evened out, and no request is lost', async (t) => {
  const { server, control } = await startControlled(t, { args: ['-w', '4'] })
  const load = startLoad(t, server, { keepAlive: 40, fresh: 0, duration: 20 })
  await poll(
    async () => {
      const counts = await connectionsOf(control)
      // As they fall it is some 23, 15, 2 and 0.
      return sum(counts) >= 36 && Math.max(...counts) <= 14 && Math.min(...counts) >= 5
    },
    { what: 'each worker has about its ten', deadline: 120_000 },
  )
  assertNoneFailed(await load.stop())
})

test('--rebalance-after 0: each connection stays with its worker', async (t) => {
  const { server, control } = await startControlled(t, { args: ['-w', '4', '--rebalance-after', '0'] })
  const load = startLoad(t, server, { keepAlive: 40, fresh: 0, duration: 20 })
  await poll(async () => sum(await connectionsOf(control)) === 40, { what: 'all are told' })
  const before = await connectionsOf(control)
  // Some three beats.
  await load.answers(40 * 3 * 45)
  assert.deepEqual(await connectionsOf(control), before)
  assertNoneFailed(await load.stop())
})
