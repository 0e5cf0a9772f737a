import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { labelOf } from '../src/settings/names.js'
import { allSettings } from '../src/settings/table.js'
import { projectFolder } from './process/harness/application.js'

const page = readFileSync(path.join(projectFolder, 'docs/from-gunicorn.md'), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, name = '', here = '']) => ({
  name,
  here,
}))

test('all 99 settings of gunicorn 26 are told, each once', () => {
  assert.equal(rows.length, 99)
  assert.equal(new Set(rows.map(({ name }) => name)).size, 99)
})

test('what is called the same is there, and so is each flag that is named', () => {
  const flags = allSettings.map(labelOf)
  for (const { name, here } of rows) {
    const named = here.match(/(?<![=\w-])--[a-z][a-z0-9-]*/g) ?? []
    const wanted = /^same\b/.test(here) && named.length === 0 ? [`--${name.replaceAll('_', '-')}`] : named
    for (const flag of wanted) {
      if (['--check-config', '--print-config', '--node-option'].includes(flag)) continue
      assert.ok(flags.includes(flag), `${name}: ${flag}`)
    }
  }
})
