import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layOut } from '../../../src/arbiter/upgrade/descriptors.js'
import { inheritedEnvironment, readInheritance } from '../../../src/arbiter/upgrade/inheritance.js'

const inheritance = {
  arbiter: 7,
  passed: [{ fd: 3, name: 'web' }],
  bound: [{ key: '127.0.0.1:8000 0', fd: 5 }],
  workers: { set: 2, now: 3 },
  script: undefined,
}

function read(text: string | undefined, connected = true) {
  return readInheritance({ env: { NWORKERS_INHERITED_FDS: text }, connected })
}

test('what was written is read; what another version leaves out has a default', () => {
  assert.deepEqual(read(JSON.stringify(inheritance)), inheritance)
  assert.deepEqual(read('{"arbiter":7,"later":true}'), {
    arbiter: 7,
    passed: [],
    bound: [],
    workers: { set: 0, now: 0 },
    script: undefined,
  })
  assert.equal(read(undefined), undefined)
})

test('without the arbiter that has begun it, or unreadable, it is refused', () => {
  for (const [text, connected] of [
    [JSON.stringify(inheritance), false],
    ['{', true],
    ['{}', true],
  ] as const) {
    assert.throws(() => read(text, connected), { code: 'NWORKERS_E_UPGRADE', exitCode: 1 })
  }
})

test('the settings see passed sockets as systemd would tell them, and none where there are none', () => {
  assert.deepEqual(inheritedEnvironment({ A: '1' }, inheritance), { A: '1', LISTEN_FDS: '1' })
  assert.deepEqual(inheritedEnvironment({ A: '1' }, { ...inheritance, passed: [] }), { A: '1' })
  assert.deepEqual(inheritedEnvironment({ A: '1' }, undefined), { A: '1' })
})

test('passed sockets keep their descriptors, the others follow the channel', () => {
  const bound = [
    { key: 'a', fd: 21 },
    { key: 'b', fd: 22 },
  ]
  assert.deepEqual(layOut([3, 6], bound), {
    stdio: ['inherit', 'inherit', 'inherit', 3, 'ignore', 'ignore', 6, 'ipc', 21, 22],
    bound: [
      { key: 'a', fd: 8 },
      { key: 'b', fd: 9 },
    ],
  })
  assert.deepEqual(layOut([], []).stdio, ['inherit', 'inherit', 'inherit', 'ipc'])
})
