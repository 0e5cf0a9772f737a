import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTail } from '../../src/arbiter/tail.js'

test('keeps the last lines, put together over chunks, the unfinished one included', () => {
  const tail = createTail(3)
  for (const chunk of ['one\ntw', 'o\nthree\n', 'four\nfi', 've']) tail.append(Buffer.from(chunk))
  assert.deepEqual(tail.lines(), ['three', 'four', 'five'])
})

test('does not grow with a line that never ends', () => {
  const tail = createTail(3)
  for (let chunk = 0; chunk < 1_000; chunk++) tail.append(Buffer.alloc(1_000, 'x'))
  assert.ok(tail.lines().join('').length < 10_000)
})
