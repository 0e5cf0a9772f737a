import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationBounds } from '../../src/ipc/counts.js'
import { quantile } from '../../src/observe/quantile.js'

const counts = fc.array(fc.nat(1_000), {
  minLength: durationBounds.length + 1,
  maxLength: durationBounds.length + 1,
})

test('a quantile lies in the bucket that holds its rank', () => {
  fc.assert(
    fc.property(counts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (buckets, share) => {
      const total = buckets.reduce((sum, count) => sum + count, 0)
      const value = quantile(share, buckets)
      if (total === 0) return value === undefined
      if (value === undefined) return false
      const atMost = buckets.filter(
        (_, index) => (durationBounds[index] ?? Number.POSITIVE_INFINITY) <= value,
      )
      const below = durationBounds.filter((bound) => bound < value).length
      const certain = buckets.slice(0, below).reduce((sum, count) => sum + count, 0)
      return certain <= share * total && (value === durationBounds.at(-1) || atMost.length <= below + 1)
    }),
  )
})

test('the middle of one bucket, and beyond the last bound that bound', () => {
  const inBucket = (bucket: number) => [...durationBounds, 0].map((_, index) => (index === bucket ? 10 : 0))
  assert.equal(quantile(0.5, inBucket(0)), 0.0005)
  assert.equal(quantile(0.5, inBucket(durationBounds.length)), durationBounds.at(-1))
})
