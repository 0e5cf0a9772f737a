import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './options.js'

test('every option has a default', () => {
  assert.deepEqual(readOptions([]), {
    seconds: 30,
    workers: 4,
    seed: 1,
    mode: 'calm',
    load: 1,
    node: process.execPath,
    json: undefined,
    settings: {},
  })
})

test('settings of the server are passed on by their flags', () => {
  const { settings } = readOptions(['--set', 'drain-linger=2', '--set', 'timeout=500ms'])
  assert.deepEqual(settings, { 'drain-linger': '2', timeout: '500ms' })
})

for (const words of [['--mode', 'wild'], ['--seconds', '0'], ['--seed', 'x'], ['--set', 'x'], ['--what']]) {
  test(`${words.join(' ')} is refused with a sentence that names it`, () => {
    assert.throws(() => readOptions(words), new RegExp(`${words[0]}`))
  })
}
