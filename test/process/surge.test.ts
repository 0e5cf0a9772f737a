import assert from 'node:assert/strict'
import { test } from 'node:test'
import { history, mostAtOnce } from './harness/history.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { watchOccupancy } from './harness/occupancy.js'
import { hasProcessList } from './harness/processes.js'
import { startServer } from './harness/server.js'

const skip = !hasProcessList && 'looks into /proc'

const cases = [
  { surge: ['--reload-surge', '2'], workers: 4, most: 6 },
  // Half of three, rounded up.
  { surge: ['--reload-surge', '50%'], workers: 3, most: 5 },
  // By default a tenth, rounded up.
  { surge: [], workers: 3, most: 4 },
  { surge: [], workers: 11, most: 13 },
] as const

for (const { surge, workers, most } of cases) {
  test(`${surge.join(' ') || 'by default'}: a reload of ${workers} workers has ${most} at most, and has them`, {
    skip,
  }, async (t) => {
    const server = await startServer(t, {
      args: ['-w', String(workers), ...surge, '--log-level', 'debug'],
    })
    const seen = watchOccupancy(t, server)
    server.signal('SIGHUP')
    await server.waitForLog(new RegExp(`Ready: generation 2, ${workers} workers`))
    assert.equal(mostAtOnce(history(server)), most)
    assert.ok(seen.fewest >= workers, `${seen.fewest} of ${workers} processes were left in between`)
    // Those that are leaving can still be seen for a moment.
    assert.ok(seen.most >= most, `${seen.most} processes were seen at most`)
  })
}

test('--reload-surge 0: the old worker of a slot has ended before the new one starts, 0 requests fail', {
  skip,
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--reload-surge', '0', '--drain-linger', '1'] })
  const seen = watchOccupancy(t, server)
  const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  await load.answers(20)
  assertNoneFailed(await load.stop())
  assert.equal(seen.inOneSlot, 1)
  assert.equal(seen.most, 2)

  const present = new Set<number>()
  for (const { what, slot } of history(server)) {
    if (what === 'booting') assert.equal(present.has(slot), false, `slot ${slot} had two workers`)
    if (what === 'booting') present.add(slot)
    else present.delete(slot)
  }
})

test('--reload-surge 0 with one worker: requests wait in the kernel’s queue while there is none, 0 fail', {
  skip,
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '1', '--reload-surge', '0', '--drain-linger', '1'] })
  const seen = watchOccupancy(t, server)
  const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 1 workers?/)
  await load.answers(20)
  assertNoneFailed(await load.stop())
  assert.equal(seen.most, 1)
  const events = history(server).map(({ what }) => what)
  assert.deepEqual(events, ['booting', 'exited', 'booting'])
})
