import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createBodies, sendBodies } from '../inference/fuzz.js'
import { startServer } from '../process/harness/server.js'

const total = 100_000
const rounds = 10

/** Resident memory that is the process's own, in MB. */
function privateMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].map(([, size]) =>
    Number(size),
  )
  return kilobytes.reduce((sum, size) => sum + size, 0) / 1024
}

test('100 000 random bodies all get 2xx or 4xx, no worker dies, and memory stays flat', async (t) => {
  const server = await startServer(t, {
    app: 'examples/inference-app:app',
    args: ['-w', '2'],
    deadline: 60_000,
  })
  const workers = server.workers()
  const memory = () => workers.reduce((sum, { pid }) => sum + privateMegabytes(pid), 0)
  const next = createBodies(20260101)
  const statuses: Record<string, number> = {}
  const sizes: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [status, count] of Object.entries(await sendBodies(server.url, next, total / rounds))) {
      statuses[status] = (statuses[status] ?? 0) + count
    }
    sizes.push(memory())
  }
  t.diagnostic(`${JSON.stringify(statuses)}; private MB of both workers: ${sizes.map(Math.round).join(' ')}`)
  assert.deepEqual(
    Object.keys(statuses).filter((status) => !/^[24]/.test(status)),
    [],
  )
  assert.deepEqual(server.workers(), workers)
  // The first rounds fill the heap to what it collects at; after them it must not grow by much.
  const settled = Math.max(...sizes.slice(0, rounds / 2))
  assert.ok(Math.max(...sizes) < settled * 1.3 + 20, `${sizes.map(Math.round)}`)
})
