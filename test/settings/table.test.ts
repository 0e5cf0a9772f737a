import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { settingsDocument } from '../../src/settings/document.js'
import { variablesOf } from '../../src/settings/environment.js'
import { flagOf } from '../../src/settings/names.js'
import { configSchema } from '../../src/settings/schema.js'
import { allSettings } from '../../src/settings/table.js'

const duplicates = (words: readonly string[]) => words.filter((word, index) => words.indexOf(word) !== index)

test('flags, aliases and variables are unique', () => {
  assert.deepEqual(duplicates(allSettings.map(({ name }) => flagOf(name))), [])
  assert.deepEqual(duplicates(allSettings.flatMap(({ alias = [] }) => alias)), [])
  const variables = allSettings.flatMap(variablesOf).map(({ name }) => name)
  assert.deepEqual(
    duplicates(variables),
    ['LISTEN_FDS'],
    'sockets that are passed have an address and a backlog',
  )
})

test('no setting takes a variable that describes a worker', () => {
  const names = allSettings.flatMap(variablesOf).map(({ name }) => name)
  assert.ok(names.every((name) => !/^NWORKERS_WORKER_(SLOT|GENERATION|COUNT)$/.test(name)))
})

test('no setting stands in two sections', () => {
  const names = allSettings.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
})

for (const { name, doc } of allSettings) {
  test(`${name} is documented in one sentence`, () => {
    assert.match(doc, /^[A-Z][^\n]*[^.]\.$/)
    assert.doesNotMatch(doc, /\. [A-Z]/)
  })
}

test('docs/settings.md is what the table says: npm run docs writes it', () => {
  const path = new URL('../../../docs/settings.md', import.meta.url)
  assert.equal(readFileSync(path, 'utf8'), settingsDocument())
})

test('config.schema.json is what the table says: npm run docs writes it', () => {
  const path = new URL('../../../config.schema.json', import.meta.url)
  assert.equal(readFileSync(path, 'utf8'), configSchema())
})

test('the schema has every setting that may be in a config file, and nothing else', () => {
  const { properties, additionalProperties } = JSON.parse(configSchema())
  const names = allSettings.filter(({ notInFile }) => !notInFile).map(({ name }) => name)
  assert.deepEqual(Object.keys(properties), ['$schema', ...names])
  assert.equal(additionalProperties, false)
})
