import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Notice } from '../../../src/arbiter/fleet/event.js'
import { createFleet } from '../../../src/arbiter/fleet/fleet.js'
import type { Observer } from '../../../src/arbiter/observer.js'
import type { FromSuccessor } from '../../../src/arbiter/upgrade/messages.js'
import type { Successor } from '../../../src/arbiter/upgrade/successor.js'
import { createUpgrades, type UpgradeProgress } from '../../../src/arbiter/upgrade/upgrades.js'
import { createLogger } from '../../../src/observe/logger.js'
import { poll } from '../../process/harness/poll.js'
import { usualPolicy } from '../fleet/world.js'

const messages: FromSuccessor[] = [
  { type: 'hello', pid: 4711 },
  { type: 'started', within: 1_000 },
  { type: 'ready' },
  { type: 'taken', sockets: ['a'] },
]

/**
 * An old arbiter with a new one that says the first so many messages and then dies. Processes die too fast to be caught in
 * each of these steps, so these two have none.
 */
function stage(
  steps: number,
  { isTold = true, diesWhenIntroduced = false, ending = Promise.resolve() } = {},
) {
  const deeds: string[] = []
  const told: UpgradeProgress[] = []
  const observers = new Set<Observer>()
  let fleet = { ...createFleet(usualPolicy, 2), everReady: true }
  let isRunning = true
  const successor: Successor = {
    async expect(type) {
      const index = messages.findIndex((message) => message.type === type)
      if (index < steps) return messages[index] as never
      isRunning = false
      throw new Error('it has ended')
    },
    send: ({ type }) => deeds.push(`send ${type}`),
    signal: (name) => deeds.push(`signal ${name}`),
    abandon: (reason) => deeds.push(`abandon: ${reason}`),
    isRunning: () => isRunning,
    async end(patience) {
      deeds.push(`end within ${patience}`)
      await ending
    },
    release: () => deeds.push('release'),
  }
  const upgrades = createUpgrades({
    shell: {
      fleet: () => fleet,
      watch(observer) {
        observers.add(observer)
        return () => observers.delete(observer)
      },
      heed: (request) => deeds.push(`heed ${request}`),
    },
    log: createLogger({ style: () => ({ level: 'error', format: 'text' }), write: () => {}, pid: 1 }),
    obstacle: () => (fleet.stop ? 'nworkers is stopping.' : undefined),
    start: () => successor,
    letGo: () => deeds.push('let go'),
    takeBack: async () => void deeds.push('take back'),
    async introduce(pid) {
      deeds.push(`introduce ${pid}`)
      if (diesWhenIntroduced) isRunning = false
      return isTold
    },
    reclaim: () => deeds.push('reclaim'),
    leave: (sockets) => deeds.push(`leave ${sockets}`),
  })
  return {
    deeds,
    upgrades,
    told,
    observers,
    stop(quick: boolean) {
      fleet = { ...fleet, stop: { quick, exitCode: 0, servedOn: false, drainAt: 0, released: false } }
      const notice: Notice = { type: 'stopping', quick }
      for (const observe of observers) observe(notice, fleet)
    },
    async run() {
      assert.equal(
        upgrades.begin((progress) => told.push(progress)),
        undefined,
      )
      await upgrades.settled()
      return upgrades.record()?.verdict
    },
  }
}

test('one that comes through takes over in this order, and is not waited for', async () => {
  const { deeds, told, observers, run } = stage(4)
  assert.equal(await run(), 'done')
  assert.deepEqual(deeds, ['let go', 'send take-over', 'introduce 4711', 'send yours', 'release', 'leave a'])
  assert.equal(observers.size, 0, 'a stop of the old one is no longer for both')
  assert.deepEqual(
    told.map(({ type }) => type),
    ['started', 'verdict'],
  )
})

for (const [steps, undone] of [
  [0, []],
  [1, []],
  [2, []],
  [3, ['take back']],
] as const) {
  test(`one that dies after ${steps} of its messages leaves the old one as it was`, async () => {
    const { deeds, told, run } = stage(steps)
    assert.equal(await run(), 'failed')
    const end = `end within ${steps < 3 ? 35_000 : 2_000}`
    assert.deepEqual(deeds.slice(deeds.indexOf(end)), [end, ...undone])
    assert.ok(!deeds.some((deed) => deed.startsWith('leave')))
    const verdict = told.at(-1)
    assert.ok(verdict?.type === 'verdict' && verdict.verdict === 'failed')
    assert.equal(verdict.reason, 'it has ended')
  })
}

for (const [what, fault] of [
  ['systemd can not be told of it', { isTold: false }],
  ['it dies when systemd has been told of it', { diesWhenIntroduced: true }],
] as const) {
  test(`when ${what} the old one is the main process again and has its things back`, async () => {
    const { deeds, run } = stage(4, fault)
    assert.equal(await run(), 'failed')
    assert.deepEqual(deeds.slice(2), ['introduce 4711', 'end within 2000', 'reclaim', 'take back'])
  })
}

test('a stop is for both, and a quick one hurries it; nothing is taken back', async () => {
  const { deeds, upgrades, stop } = stage(3)
  assert.equal(upgrades.begin(), undefined)
  stop(false)
  stop(true)
  await upgrades.settled()
  const signals = deeds.filter((deed) => deed.startsWith('signal'))
  assert.deepEqual(signals, ['signal SIGTERM', 'signal SIGQUIT'])
  assert.ok(deeds.includes('end within 35000') && !deeds.includes('take back'), `${deeds}`)
})

test('HUP is the new one’s as soon as it is there; the old one reloads when it fails', async () => {
  const { deeds, upgrades } = stage(2)
  upgrades.begin()
  assert.ok(upgrades.heed('reload'))
  assert.ok(!upgrades.heed('more'))
  await poll(() => upgrades.record()?.verdict === 'failed', { what: 'it fails' })
  await upgrades.settled()
  assert.deepEqual(deeds, ['signal SIGHUP', 'end within 35000', 'heed reload'])
  assert.ok(!upgrades.heed('reload'), 'from then on it is the old one’s')
})

test('a second one is refused while the first runs', async () => {
  const { upgrades } = stage(4)
  upgrades.begin()
  assert.match(upgrades.begin() ?? '', /An upgrade is running/)
  await upgrades.settled()
})

test('one that is asked for while a failed one still ends begins after it, and no third one does', async () => {
  let letEnd = () => {}
  const ending = new Promise<void>((resolve) => {
    letEnd = resolve
  })
  const { deeds, upgrades, told } = stage(0, { ending })
  upgrades.begin()
  await poll(() => upgrades.record()?.verdict === 'failed', { what: 'the first fails' })
  assert.equal(
    upgrades.begin((progress) => told.push(progress)),
    undefined,
  )
  assert.match(upgrades.begin() ?? '', /An upgrade is running/)
  assert.equal(told.length, 0)
  letEnd()
  await upgrades.settled()
  assert.deepEqual(
    told.map((progress) => progress.type === 'verdict' && progress.verdict),
    ['failed'],
  )
  assert.deepEqual(deeds, ['end within 35000', 'end within 35000'])
})

test('one that waits for the end of another comes to nothing when nworkers stops', async () => {
  let letEnd = () => {}
  const ending = new Promise<void>((resolve) => {
    letEnd = resolve
  })
  const { deeds, upgrades, told, stop } = stage(0, { ending })
  upgrades.begin()
  await poll(() => upgrades.record()?.verdict === 'failed', { what: 'the first fails' })
  upgrades.begin((progress) => told.push(progress))
  stop(false)
  letEnd()
  await upgrades.settled()
  assert.deepEqual(told, [{ type: 'verdict', verdict: 'failed', pid: null, reason: 'nworkers is stopping.' }])
  assert.ok(!deeds.includes('send take-over'))
})
