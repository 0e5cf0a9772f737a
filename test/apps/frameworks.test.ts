import assert from 'node:assert/strict'
import { before, describe, type TestContext, test } from 'node:test'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { type Identity, request, type Target } from '../process/harness/request.js'
import { ended, runServer, type Server } from '../process/harness/server.js'
import { catalogue, type TestedApp } from './catalogue.js'
import { commandOf, deploy } from './deployment.js'
import { installApps } from './installation.js'

const startDeadline = 60_000

before(installApps, { timeout: 500_000 })

describe('two workers serve it, HUP under load loses nothing, a stop ends it in order', {
  concurrency: 2,
}, () => {
  for (const app of catalogue) {
    test(`${app.title} (${app.app})`, async (t) => {
      await isRecognised(t, app)
      const { server, target } = await deploy(t, app)
      await bothWorkersServe(server, target, app)
      if (app.echo !== false) await echoes(target)
      await reloadLosesNothing(t, server, target, app)
      await endsInOrder(server, app)
    })
  }
})

async function isRecognised(t: TestContext, app: TestedApp): Promise<void> {
  const command = commandOf(app)
  const { code, stdout } = await runServer(t, {
    ...command,
    args: ['--check-config', ...command.args],
    deadline: startDeadline,
  })
  assert.match(stdout, new RegExp(`is an? ${app.kind}\\.`))
  assert.equal(code, 0)
}

async function bothWorkersServe(server: Server, target: Target, { path = '/' }: TestedApp): Promise<void> {
  const expected = server.workers().map(({ pid }) => pid)
  assert.equal(expected.length, 2)
  const seen = new Set<number>()
  const ask = async (id: string) => {
    const answer = await request(target, `${path}?id=${id}`)
    const identity = JSON.parse(answer.body) as Identity
    assert.deepEqual([answer.status, identity.id], [200, id])
    seen.add(identity.pid)
  }
  await poll(
    async () => {
      await Promise.all(['a', 'b', 'c', 'd'].map(ask))
      return seen.size === 2
    },
    { what: 'both workers have answered' },
  )
  assert.deepEqual([...seen].sort(), expected.sort())
}

async function echoes(target: Target): Promise<void> {
  const body = JSON.stringify({ text: 'word '.repeat(2_000) })
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  const answer = await request(target, '/echo', { method: 'POST', body, headers })
  assert.equal(Math.floor(answer.status / 100), 2)
  assert.equal(answer.body, body)
}

async function reloadLosesNothing(
  t: TestContext,
  server: Server,
  target: Target,
  { path = '/', atEnd }: TestedApp,
): Promise<void> {
  const load = startLoad(t, target, { keepAlive: 2, fresh: 2, path })
  await load.answers(20)
  const before = server.workers()
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/, { deadline: startDeadline })
  await load.answers(20)
  await poll(() => before.every(({ pid }) => !server.processes().includes(pid)), {
    what: 'the old workers have left',
  })
  await load.answers(20)
  assertNoneFailed(await load.stop())
  assert.equal(timesSaid(server, atEnd), atEnd ? 2 : 0)
}

async function endsInOrder(server: Server, { atEnd }: TestedApp): Promise<void> {
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.equal(timesSaid(server, atEnd), atEnd ? 4 : 0)
  assert.doesNotMatch(server.log(), /graceful timeout|\[error\]|failed/i)
}

function timesSaid(server: Server, words: RegExp | undefined): number {
  return words ? [...server.log().matchAll(new RegExp(words, 'g'))].length : 0
}
