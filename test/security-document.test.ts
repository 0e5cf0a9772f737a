import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder } from './process/harness/application.js'

test('each threat of SECURITY.md names a test that there is', () => {
  const rows = readFileSync(path.join(projectFolder, 'SECURITY.md'), 'utf8').match(/^\| .* \|$/gm) ?? []
  const titles = rows.slice(2).map((row) => row.split(' | ').at(-1)?.replace(/ \|$/, '') ?? '')
  assert.ok(titles.length > 10)
  const folder = path.join(projectFolder, 'test')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n')
  const missing = titles.filter((title) => !sources.includes(`'${title}'`))
  assert.deepEqual(missing, [])
})
