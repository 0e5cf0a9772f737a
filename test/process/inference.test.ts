import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { projectFolder } from './harness/application.js'
import { play } from './harness/client.js'
import { poll } from './harness/poll.js'
import { type Server, startServer } from './harness/server.js'

const example = path.join(projectFolder, 'examples/inference-app')

function serve(t: TestContext): Promise<Server> {
  return startServer(t, { app: 'examples/inference-app:app', args: ['-w', '4'], deadline: 60_000 })
}

test('the example reads a digit sent by hand, and 97 % of the digits it has never seen, on 4 workers', async (t) => {
  const server = await serve(t)
  const body = readFileSync(path.join(example, 'seven.json'))
  const response = await fetch(`${server.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body,
  })
  const { predictions } = (await response.json()) as { predictions: { label: number }[] }
  assert.equal(predictions[0]?.label, 7)

  const report = await play(server, 4, '--no-keep-alive')
  assert.deepEqual(report.errors, {})
  assert.ok(report.accuracy >= 0.97, `accuracy ${report.accuracy}`)
  assert.deepEqual(new Set(report.workers.map(({ pid }) => pid)).size, 4)
})

test('the example loses no request while it is reloaded', async (t) => {
  const server = await serve(t)
  const playing = play(server, 6)
  for (let generation = 2; generation <= 3; generation++) {
    server.signal('SIGHUP')
    await server.waitForLog(new RegExp(`Ready: generation ${generation}, 4 workers`), { deadline: 60_000 })
  }
  const report = await playing
  assert.deepEqual(report.errors, {})
  assert.ok(report.accuracy >= 0.97, `accuracy ${report.accuracy}`)
})

test('kill -9 of a worker of the example: only what it was answering fails, its slot gets a new worker', async (t) => {
  const server = await serve(t)
  const playing = play(server, 5)
  const victim = server.workers().find(({ slot }) => slot === 1)
  assert.ok(victim)
  process.kill(victim.pid, 'SIGKILL')
  await poll(() => server.workers().some(({ slot, pid }) => slot === 1 && pid !== victim.pid), {
    what: 'slot 1 has a new worker',
  })
  const { errors, requests } = await playing
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  // The client has 32 connections, of which the victim had some, each with at most one request.
  assert.ok(failed <= 32 && failed < requests / 5, `${failed} of ${requests} failed`)
})
