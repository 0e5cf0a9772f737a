import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { projectFolder } from './harness/application.js'

const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-bench-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a quick run of the benchmark measures, and writes its section of the page', () => {
  const page = path.join(folder, 'benchmarks.md')
  const main = path.join(projectFolder, 'dist/bench/main.js')
  execFileSync(process.execPath, [main, '--quick', '--output', page], { timeout: 60_000 })
  const text = readFileSync(page, 'utf8')
  for (const title of ['Goals', 'CPU per short connection', 'Start to the first answer', 'Memory']) {
    assert.match(text, new RegExp(`^### ${title}$`, 'm'))
  }
  assert.match(text, /^\| Requests that a reload fails \| 0 \| 0 \| yes \|$/m)
  assert.doesNotMatch(text, /NaN|undefined/)
  assert.match(readFileSync(path.join(folder, 'benchmarks/scale-start.svg'), 'utf8'), /^<svg .*<\/svg>\n$/s)
})
