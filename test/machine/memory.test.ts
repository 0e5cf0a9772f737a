import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createKillCounter, memoryLimit, privateMemory } from '../../src/machine/memory.js'

const gigabyte = 1024 ** 3
const mountinfo2 = '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n'
const mountinfo1 = (top: string) => `31 24 0:27 ${top} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`

let root = ''
beforeEach(() => {
  root = `${mkdtempSync(join(tmpdir(), 'nworkers-cgroup-'))}/`
})
afterEach(() => rmSync(root, { recursive: true }))

function place(files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

test('reads the smallest limit of a nested cgroup v2', () => {
  place({
    'proc/self/cgroup': '0::/system.slice/app.service\n',
    'proc/self/mountinfo': mountinfo2,
    'sys/fs/cgroup/system.slice/app.service/memory.max': 'max\n',
    'sys/fs/cgroup/system.slice/memory.max': `${gigabyte}\n`,
  })
  assert.equal(memoryLimit(root), gigabyte)
})

test('reads cgroup v1, also as a container sees it', () => {
  place({
    'proc/self/cgroup': '4:memory:/docker/abc\n0::/\n',
    'proc/self/mountinfo': mountinfo1('/docker/abc'),
    'sys/fs/cgroup/memory/memory.limit_in_bytes': `${2 * gigabyte}\n`,
  })
  assert.equal(memoryLimit(root), 2 * gigabyte)
})

test('finds no limit where there is none', () => {
  place({
    'proc/self/cgroup': '4:memory:/\n',
    'proc/self/mountinfo': mountinfo1('/'),
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  })
  assert.equal(memoryLimit(root), undefined)
  assert.equal(memoryLimit(`${root}nowhere/`), undefined)
})

test('counts the kills for want of memory in either version', () => {
  place({
    'proc/self/cgroup': '0::/app\n',
    'proc/self/mountinfo': mountinfo2,
    'sys/fs/cgroup/app/memory.events': 'low 0\noom 3\noom_kill 2\n',
  })
  const count = createKillCounter(root)
  assert.equal(count(), 2)
  place({ 'sys/fs/cgroup/app/memory.events': 'oom_kill 3\n' })
  assert.equal(count(), 3)
  place({
    'proc/self/cgroup': '4:memory:/\n',
    'proc/self/mountinfo': mountinfo1('/'),
    'sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 5\n',
  })
  assert.equal(createKillCounter(root)(), 5)
})

test('tells the private memory of a process', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  const bytes = privateMemory(process.pid) ?? 0
  assert.ok(bytes > 1024 ** 2 && bytes < process.memoryUsage.rss(), `${bytes}`)
  assert.equal(privateMemory(2 ** 22 + 1), undefined)
})
