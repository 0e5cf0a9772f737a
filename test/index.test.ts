import assert from 'node:assert/strict'
import { test } from 'node:test'

test('the package exports what users import under its own name, with types beside them', async () => {
  // By its name, so that the map of exports in package.json is what resolves it.
  const name: string = 'nworkers'
  const exported: Record<string, unknown> = await import(name)
  assert.deepEqual(Object.keys(exported), [
    'NworkersError',
    'defineConfig',
    'executor',
    'parallel',
    'shareMetrics',
    'workerContext',
  ])
})
