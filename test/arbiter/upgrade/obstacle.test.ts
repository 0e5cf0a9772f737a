import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFleet } from '../../../src/arbiter/fleet/fleet.js'
import { type Circumstances, obstacleOf } from '../../../src/arbiter/upgrade/obstacle.js'
import { usualPolicy } from '../fleet/world.js'

const fleet = { ...createFleet(usualPolicy, 2), everReady: true }
const free: Circumstances = {
  pid: 100,
  parent: 50,
  environment: {},
  init: 'systemd',
  fleet,
  isSuccessor: false,
}

const barred: [what: string, circumstances: Partial<Circumstances>, sentence: RegExp][] = [
  ['process 1', { pid: 1, parent: 0 }, /is process 1, .*container ends/],
  ['the child of an init that ends with it', { parent: 1, init: 'tini' }, /child of tini/],
  ['a service that does not notify', { environment: { SYSTEMD_EXEC_PID: '100' } }, /Type=notify/],
  [
    'slots for one worker',
    { fleet: { ...fleet, policy: { ...usualPolicy, surge: { count: 0 } } } },
    /--reload-surge 0/,
  ],
  [
    'slots for one worker, as a share',
    { fleet: { ...fleet, policy: { ...usualPolicy, surge: { percent: 0 } } } },
    /--reload-surge 0/,
  ],
  ['a predecessor that is still there', { isSuccessor: true }, /not handed over/],
  ['no worker yet', { fleet: { ...fleet, everReady: false } }, /No worker/],
]
for (const [what, circumstances, sentence] of barred) {
  test(`barred by ${what}`, () => {
    assert.match(obstacleOf({ ...free, ...circumstances }) ?? '', sentence)
  })
}

const allowed: [what: string, circumstances: Partial<Circumstances>][] = [
  ['elsewhere', {}],
  ['the child of systemd', { parent: 1 }],
  ['an orphan in a container that has an init', { parent: 1, init: 'bash' }],
  [
    'a service that notifies',
    { parent: 1, environment: { SYSTEMD_EXEC_PID: '100', NOTIFY_SOCKET: '/run/x' } },
  ],
  ['below a shell of a service', { environment: { SYSTEMD_EXEC_PID: '7' } }],
]
for (const [what, circumstances] of allowed) {
  test(`free: ${what}`, () => assert.equal(obstacleOf({ ...free, ...circumstances }), undefined))
}
