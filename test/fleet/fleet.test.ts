import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { assertNoneFailed, startLoad, type Tally } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import type { Target } from '../process/harness/request.js'
import { ended } from '../process/harness/server.js'
import { type FleetHost, startFleet } from './fleet.js'
import { type Front, noFront, startFront } from './front.js'
import { noHosts } from './network.js'

const skipFor = (front: Front) => noHosts() || noFront(front)

/** Longer than the checks of the page need, two of them a second apart, to notice a stop. */
const delay = ['--shutdown-delay', '4s']

/** Changes of HAProxy's configuration after which it tries nothing a second time. */
const withoutRetries: [string, string][] = [
  ['retries 3', 'retries 0'],
  ['    option redispatch 1\n', ''],
]

/** Resolves when each of the hosts has answered. */
async function allAnswer(t: TestContext, front: Target, fleet: readonly FleetHost[]): Promise<void> {
  const load = startLoad(t, front, { keepAlive: 0, fresh: 4 })
  const answers = ({ server }: FleetHost) => server.workers().some(({ pid }) => load.tally.pids.has(pid))
  await poll(() => fleet.every(answers), { what: 'every host answers' })
  await load.stop()
}

for (const front of ['HAProxy', 'nginx'] as const) {
  test(`${front}: a rolling deploy over three hosts loses nothing, and leaves no host behind`, {
    skip: skipFor(front),
  }, async (t) => {
    const fleet = await startFleet(t)
    const target = await startFront(t, front, fleet)
    await allAnswer(t, target, fleet)
    const load = startLoad(t, target, { keepAlive: 8, fresh: 4, duration: 10 })
    await load.answers(200)
    for (const { deploy, ctl } of fleet) {
      deploy('2')
      const { code, stderr } = await ctl('reload', '--wait')
      assert.equal(code, 0, stderr)
      await load.answers(200)
    }
    assertNoneFailed(await load.stop())
    const after = startLoad(t, target)
    await after.answers(100)
    assert.deepEqual([...(await after.stop()).versions.keys()], ['2'])
  })

  test(`${front}: a release that does not start stays on no host, and nothing is lost`, {
    skip: skipFor(front),
  }, async (t) => {
    const fleet = await startFleet(t)
    const target = await startFront(t, front, fleet)
    const load = startLoad(t, target, { keepAlive: 8, fresh: 4, duration: 10 })
    await load.answers(200)
    const [first] = fleet
    assert.ok(first)
    first.break()
    const { code, stderr } = await first.ctl('reload', '--wait')
    assert.equal(code, 1)
    assert.match(stderr, /broken on purpose/)
    await load.answers(200)
    const tally = await load.stop()
    assertNoneFailed(tally)
    assert.deepEqual([...tally.versions.keys()], ['1'])
  })
}

test('HAProxy without any retry: a host stops after its delay and comes back, nothing is lost', {
  skip: skipFor('HAProxy'),
}, async (t) => {
  const { tally } = await stopOneHost(t, delay)
  assertNoneFailed(tally)
})

test('HAProxy without any retry: a host that stops without a delay costs requests', {
  skip: skipFor('HAProxy'),
}, async (t) => {
  const { tally, clients } = await stopOneHost(t, [])
  assert.ok(tally.failures.length > 0, 'the test above would not notice')
  assert.ok(tally.answered > clients)
})

/** The load runs until the checks have noticed that the host is back. */
async function stopOneHost(t: TestContext, args: string[]): Promise<{ tally: Tally; clients: number }> {
  const fleet = await startFleet(t, args)
  const target = await startFront(t, 'HAProxy', fleet, ...withoutRetries)
  await allAnswer(t, target, fleet)
  const load = startLoad(t, target, { keepAlive: 8, fresh: 8, duration: 10 })
  await load.answers(200)
  const [, stopped] = fleet
  assert.ok(stopped)
  stopped.server.signal('SIGTERM')
  assert.deepEqual(await ended(stopped.server), { code: 0, signal: null })
  await load.answers(200)
  await stopped.restart()
  await poll(() => stopped.server.workers().some(({ pid }) => load.tally.pids.has(pid)), {
    what: 'the host that is back answers',
  })
  return { tally: await load.stop(), clients: load.clients }
}

test('nginx: a host that stops without a delay loses nothing, since a refused connection is tried elsewhere', {
  skip: skipFor('nginx'),
}, async (t) => {
  const fleet = await startFleet(t)
  const target = await startFront(t, 'nginx', fleet)
  await allAnswer(t, target, fleet)
  const load = startLoad(t, target, { keepAlive: 8, fresh: 8, duration: 10 })
  await load.answers(200)
  const [, stopped] = fleet
  assert.ok(stopped)
  stopped.server.signal('SIGTERM')
  assert.deepEqual(await ended(stopped.server), { code: 0, signal: null })
  await load.answers(200)
  assertNoneFailed(await load.stop())
})

for (const front of ['HAProxy', 'nginx'] as const) {
  test(`${front}: the arbiter of a host is killed, its workers answer what they have, nothing is lost`, {
    skip: skipFor(front),
  }, async (t) => {
    const fleet = await startFleet(t)
    const target = await startFront(t, front, fleet)
    await allAnswer(t, target, fleet)
    const load = startLoad(t, target, { keepAlive: 8, fresh: 8, duration: 10 })
    await load.answers(200)
    const [killed] = fleet
    assert.ok(killed)
    killed.server.signal('SIGKILL')
    await poll(() => killed.server.processes().length === 0, { what: 'its workers end' })
    await load.answers(200)
    await killed.restart()
    await poll(() => killed.server.workers().some(({ pid }) => load.tally.pids.has(pid)), {
      what: 'the host that is back answers',
    })
    assertNoneFailed(await load.stop())
  })

  test(`${front}: a host is cut off: only what was at it fails, and when it is back it serves`, {
    skip: skipFor(front),
  }, async (t) => {
    const fleet = await startFleet(t)
    // The longest that the answer of a host is waited for, here so short for the sake of the test.
    const patience: Record<Front, [string, string]> = {
      HAProxy: ['timeout server 60s', 'timeout server 3s'],
      nginx: ['proxy_connect_timeout 1s;', 'proxy_connect_timeout 1s; proxy_read_timeout 3s;'],
    }
    const target = await startFront(t, front, fleet, patience[front])
    await allAnswer(t, target, fleet)
    const load = startLoad(t, target, { keepAlive: 8, fresh: 8, duration: 10 })
    await load.answers(200)
    const [, , lost] = fleet
    assert.ok(lost)
    lost.host.cut()
    // Each client has at most one request there, and goes on when that has ended.
    const isOver = setTimeout(4_000)
    await load.answers(1000)
    await isOver
    lost.host.heal()
    const pids = new Map(load.tally.pids)
    const answered = ({ pid }: { pid: number }) => (load.tally.pids.get(pid) ?? 0) > (pids.get(pid) ?? 0)
    await poll(() => lost.server.workers().some(answered), { what: 'the host that is back answers' })
    const { failures, answered: all } = await load.stop()
    t.diagnostic(
      `${failures.length} of ${load.clients} clients had a request there that failed; ${all} were answered`,
    )
    assert.ok(failures.length <= load.clients, `${failures.length} failed of ${load.clients} clients`)
  })

  test(`${front}: a host on a slow link that loses packets costs time, and no request`, {
    skip: skipFor(front),
  }, async (t) => {
    const fleet = await startFleet(t)
    const target = await startFront(t, front, fleet)
    const [, slow] = fleet
    assert.ok(slow)
    await allAnswer(t, target, fleet)
    t.diagnostic(slow.host.slow())
    const load = startLoad(t, target, { keepAlive: 8, fresh: 8, duration: 10 })
    await load.answers(2000)
    const tally = await load.stop()
    assertNoneFailed(tally)
    const share = slow.server.workers().reduce((sum, { pid }) => sum + (tally.pids.get(pid) ?? 0), 0)
    assert.ok(share > 0, 'the slow host serves, too')
    assert.ok(share < tally.answered / 3, 'the others have more of it')
  })
}
