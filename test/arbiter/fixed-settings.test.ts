import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeUnfollowed } from '../../src/arbiter/fixed-settings.js'
import { resolveSettings } from '../../src/settings/resolve.js'

const settings = (given: Record<string, string[]>) =>
  resolveSettings({ commandLine: { app: ['app'], ...given }, env: {}, cwd: '/', cpus: () => 1 }).settings

test('only what can’t be followed without a restart is told, each once', () => {
  const before = settings({ admin: ['9000'], pid: ['a.pid'] })
  assert.deepEqual(
    describeUnfollowed(before, settings({ admin: ['9000'], pid: ['a.pid'], workers: ['3'] })),
    [],
  )
  assert.deepEqual(describeUnfollowed(before, settings({ admin: ['9001'], pid: ['a.pid'] })), [
    'A new --admin holds only after a restart; the one at the start stays.',
  ])
  assert.equal(describeUnfollowed(before, settings({ controlSocket: ['c.sock'] })).length, 3)
})
