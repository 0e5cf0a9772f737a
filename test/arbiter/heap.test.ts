import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heapFlags } from '../../src/arbiter/heap.js'

const gigabyte = 1024 ** 3

test('divides three quarters of the limit among the workers', () => {
  const flags = heapFlags({ workers: 4, execArgv: [], environment: {}, memoryLimit: 2 * gigabyte })
  assert.deepEqual(flags, ['--max-old-space-size=384'])
})

test('leaves the choice to the user and to machines without a limit', () => {
  const free = { workers: 2, execArgv: [], environment: {}, memoryLimit: gigabyte }
  assert.deepEqual(heapFlags({ ...free, memoryLimit: undefined }), [])
  assert.deepEqual(heapFlags({ ...free, execArgv: ['--max-old-space-size=99'] }), [])
  assert.deepEqual(heapFlags({ ...free, environment: { NODE_OPTIONS: '--max_old_space_size=99' } }), [])
})
