import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../src/nearest.js'

const cases: [word: string, candidates: string[], meant: string | undefined][] = [
  ['handlr', ['app', 'handler', 'server'], 'handler'],
  ['Handler', ['handler'], 'handler'],
  ['ahndler', ['handler', 'bundler'], 'handler'],
  ['pap', ['app'], 'app'],
  ['ap', ['app', 'api'], 'app'],
  ['create', ['createApp'], 'createApp'],
  ['run', ['handler', 'server'], undefined],
  ['x', ['yy', 'zz'], undefined],
  ['', ['a'], 'a'],
  ['word', [], undefined],
]

for (const [word, candidates, meant] of cases) {
  test(`${JSON.stringify(word)} among ${JSON.stringify(candidates)} means ${meant}`, () => {
    assert.equal(nearest(word, candidates), meant)
  })
}
