import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBodies, sendBodies } from './fuzz.js'
import { startServer } from './server.js'

test('1500 random bodies all get 2xx or 4xx, and leave nothing in the log', async () => {
  const server = await startServer()
  try {
    const statuses = await sendBodies(server.url, createBodies(7), 1500)
    assert.deepEqual(
      Object.keys(statuses).filter((status) => !/^[24]/.test(status)),
      [],
    )
    // Both kinds in numbers, or the bodies would test little.
    assert.ok((statuses[200] ?? 0) > 100 && (statuses[400] ?? 0) > 100, JSON.stringify(statuses))
    assert.equal(server.log(), '')
  } finally {
    await server.stop()
  }
})
