import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sparing } from '../../src/observe/sparing.js'
import { poll } from '../process/harness/poll.js'

test('one line in a while, and then how many were left out', async () => {
  const lines: string[] = []
  const tell = sparing((text) => lines.push(text), 100)
  for (let count = 0; count < 5; count++) tell('a.')
  assert.deepEqual(lines, ['a.'])
  const tryAgain = () => {
    tell('b.')
    return lines.length === 2
  }
  await poll(tryAgain, { what: 'a second line' })
  assert.match(lines[1] ?? '', /^b\. \d+ more such lines were left out before\.$/)
})
