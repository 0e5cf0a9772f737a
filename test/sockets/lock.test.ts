import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { takeLock } from '../../src/sockets/lock.js'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nworkers-'))
  path = join(folder, 'app.sock.lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function taken() {
  const lock = takeLock(path)
  assert.ok('release' in lock)
  return lock
}

test('a lock names this process and leaves nothing behind', () => {
  const lock = taken()
  assert.deepEqual(readdirSync(folder), ['app.sock.lock'])
  assert.equal(Number(readFileSync(path, 'utf8').split(' ')[0]), process.pid)
  lock.release()
  assert.deepEqual(readdirSync(folder), [])
})

test('a living holder is named', () => {
  writeFileSync(path, `${process.ppid}`)
  // Where /proc tells start times, a bare pid is not enough: the pid may have been used again.
  if (process.platform === 'linux') taken().release()
  else assert.deepEqual(takeLock(path), { heldBy: process.ppid })
})

const stale = ['', 'rubbish', '0 0', '4194305 1', `${process.pid}`, `${process.pid} 1`]
for (const content of stale) {
  test(`a lock that says ${JSON.stringify(content)} is stale`, () => {
    writeFileSync(path, content)
    taken().release()
    assert.deepEqual(readdirSync(folder), [])
  })
}

test('the lock of a successor is not removed', () => {
  const lock = taken()
  writeFileSync(path, 'successor')
  lock.release()
  assert.ok(existsSync(path))
})
