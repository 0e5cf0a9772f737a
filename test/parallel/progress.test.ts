import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deservesLine, progressLine, remaining, writeTime } from '../../src/parallel/progress.js'

/** After which of so many items there is a line. */
function lines(items: number, verbose: number): number[] {
  return Array.from({ length: items }, (_, index) => index + 1).filter((done) =>
    deservesLine(done - 1, done, verbose),
  )
}

test('lines come at growing distances, more with a higher verbosity, none at 0', () => {
  assert.deepEqual(lines(1000, 0), [])
  assert.deepEqual(lines(1000, 1), [1, 50, 200, 450, 800])
  assert.deepEqual(lines(20, 9), [1, 2, 8, 18])
  assert.deepEqual(lines(4, 11), [1, 2, 3, 4])
})

test('a large step has one line', () => {
  assert.equal(deservesLine(10, 1000, 1), true)
  assert.equal(deservesLine(60, 100, 1), false)
  assert.equal(deservesLine(60, 60, 50), false)
})

test('the time that remains is known when the part is', () => {
  assert.equal(remaining({ done: 1, elapsed: 1000, part: 0.25 }), 3000)
  assert.equal(remaining({ done: 4, elapsed: 1000, part: 1 }), 0)
  assert.equal(remaining({ done: 0, elapsed: 1000, part: 0 }), undefined)
  assert.equal(remaining({ done: 4, elapsed: 1000, part: undefined }), undefined)
})

test('lines tell what is known', () => {
  assert.equal(
    progressLine(4, { done: 120, elapsed: 1200, part: 0.25 }),
    '[nworkers, 4 jobs] 120 done, 25 % | elapsed: 1.2 s | remaining: 3.6 s',
  )
  assert.equal(
    progressLine(1, { done: 2, elapsed: 90_000, part: undefined }),
    '[nworkers, 1 job] 2 done | elapsed: 1.5 min',
  )
  assert.equal(writeTime(59_900), '59.9 s')
})
