import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { appsDocument } from './apps/document.js'
import { projectFolder } from './process/harness/application.js'

test('docs/apps.md is what the catalogue says: npm run docs writes it', () => {
  assert.equal(readFileSync(path.join(projectFolder, 'docs/apps.md'), 'utf8'), appsDocument())
})
