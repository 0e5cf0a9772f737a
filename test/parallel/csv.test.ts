import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOpen, parseFields } from '../../src/parallel/csv.js'

const records: [record: string, fields: string[]][] = [
  ['', ['']],
  ['a', ['a']],
  ['a,b', ['a', 'b']],
  [',', ['', '']],
  ['a,,', ['a', '', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"say ""hi""",""', ['say "hi"', '']],
  ['"two\nlines",x', ['two\nlines', 'x']],
  [' a , b ', [' a ', ' b ']],
]

test('fields of a record, quoted or not', () => {
  for (const [record, fields] of records) assert.deepEqual(parseFields(record), fields, record)
})

test('text after a closing quote is no CSV', () => {
  assert.throws(() => parseFields('a,"b"c'), { name: 'SyntaxError', message: /^Field 2 is not CSV/ })
})

test('a record goes on where a quoted field is open', () => {
  for (const text of ['"a', 'x,"two ""', '"a","b']) assert.equal(isOpen(text), true, text)
  for (const text of ['', 'a', '"a"', '"say ""hi"""', '"a","b"']) assert.equal(isOpen(text), false, text)
})
