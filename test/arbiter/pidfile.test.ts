import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createPidfile } from '../../src/arbiter/pidfile.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nworkers-pidfile-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('holds the pid while it is there and leaves nothing behind', () => {
  const path = join(folder, 'app.pid')
  const pidfile = createPidfile(path, process.pid)
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  pidfile.remove()
  assert.deepEqual(readdirSync(folder), [])
})

test('refuses while the process it names lives', () => {
  const path = join(folder, 'app.pid')
  writeFileSync(path, `${process.ppid}\n`)
  assert.throws(() => createPidfile(path, process.pid), { code: 'NWORKERS_E_PIDFILE', exitCode: 1 })
  assert.equal(readFileSync(path, 'utf8'), `${process.ppid}\n`)
  assert.deepEqual(readdirSync(folder), ['app.pid'])
})

test('takes over a stale or malformed file', async () => {
  const path = join(folder, 'app.pid')
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  for (const content of [`${child.pid}\n`, 'nonsense', '']) {
    writeFileSync(path, content)
    createPidfile(path, process.pid).remove()
    assert.equal(existsSync(path), false)
  }
})

test('does not remove the file of a successor', () => {
  const path = join(folder, 'app.pid')
  const pidfile = createPidfile(path, process.pid)
  writeFileSync(path, '12345\n')
  pidfile.remove()
  assert.equal(readFileSync(path, 'utf8'), '12345\n')
})

test('says which folder is missing', () => {
  const path = join(folder, 'missing', 'app.pid')
  assert.throws(() => createPidfile(path, process.pid), { code: 'NWORKERS_E_PIDFILE', message: /missing/ })
})
