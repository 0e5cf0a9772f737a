import assert from 'node:assert/strict'
import { test } from 'node:test'
import { suggest } from '../../src/settings/suggestion.js'

const candidates = ['workers', 'bind', 'graceful-timeout', 'timeout', 'keep-alive', 'pid', 'log-level', 'env']

const cases: [word: string, meant: string | undefined][] = [
  ['wrokers', 'workers'],
  ['worker', 'workers'],
  ['--workers', 'workers'],
  ['gracefulTimeout', 'graceful-timeout'],
  ['graceful_timeout', 'graceful-timeout'],
  ['grace', 'graceful-timeout'],
  ['time-out', 'timeout'],
  ['keepalive', 'keep-alive'],
  ['pidfile', 'pid'],
  ['loglevel', 'log-level'],
  ['LOG_LEVEL', 'log-level'],
  ['bin', 'bind'],
  ['bnid', 'bind'],
  ['banana', undefined],
  ['x', undefined],
  ['', undefined],
]

for (const [word, meant] of cases) {
  test(`meant by ${JSON.stringify(word)}: ${meant ?? 'nothing'}`, () => {
    assert.equal(suggest(word, candidates), meant)
  })
}
