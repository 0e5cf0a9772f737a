import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitWords } from '../../src/cli/split-words.js'

const cases: [text: string, words: string[] | undefined][] = [
  ['', []],
  ['  \n\t ', []],
  ['-w 4', ['-w', '4']],
  ['  -w\t4\n', ['-w', '4']],
  [`--name 'a b'`, ['--name', 'a b']],
  [`--name="a b"c`, ['--name=a bc']],
  [`'' ""`, ['', '']],
  [`a\\ b`, ['a b']],
  [`'a\\b' "a\\b" "a\\"b" "a\\\\b"`, ['a\\b', 'a\\b', 'a"b', 'a\\b']],
  [`'it'\\''s'`, ["it's"]],
  [`"unclosed`, undefined],
  [`un'closed`, undefined],
  ['trailing\\', undefined],
  ['$HOME `x` #y', ['$HOME', '`x`', '#y']],
]

for (const [text, words] of cases) {
  test(`${JSON.stringify(text)} is ${JSON.stringify(words)}`, () => assert.deepEqual(splitWords(text), words))
}
