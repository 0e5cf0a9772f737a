import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { projectFolder } from '../process/harness/application.js'
import { poll, within } from '../process/harness/poll.js'
import { childrenOf, signalProcess } from '../process/harness/processes.js'
import { request } from '../process/harness/request.js'
import { type Server, startServer } from '../process/harness/server.js'
import { zombiesOf } from '../process/harness/zombies.js'
import { blocksOf } from '../proxies/page.js'
import { parseImage, readImage } from './image.js'

const contain = path.join(projectFolder, 'test/container/contain.sh')
const strays = path.join(projectFolder, 'test/fixtures/container/strays.mjs:app')
const image = readImage()
const hasInit = spawnSync('tini', ['--version']).status === 0
const skip =
  process.getuid?.() !== 0
    ? 'needs root'
    : !hasInit && process.env.CI !== 'true' && 'needs tini (package tini)'

/** A server in namespaces like a container's, and the first process of these, as it is seen from outside. */
async function startContained(
  t: TestContext,
  { init, app, args = [] }: { init: string[]; app: string; args?: string[] },
): Promise<{ server: Server; first: number }> {
  let first = 0
  // The process that made the namespaces hands no signal on.
  t.after(() => {
    if (first !== 0) signalProcess(first, 'SIGTERM')
  })
  const server = await startServer(t, { app, args, prefix: [contain, ...init] })
  first = childrenOf(server.pid)[0] ?? 0
  return { server, first }
}

test('the image starts tini, then nworkers, as a user without rights', { skip }, async (t) => {
  const [tini, dashes, node, script] = image.entrypoint
  assert.deepEqual([tini, dashes, node, script], ['tini', '--', 'node', 'bin/nworkers.js'])
  assert.match(image.text, /^USER node$/m)
  assert.equal(image.text.match(/^FROM /gm)?.length, 2)
  const { command } = image
  const value = (flag: string) => command[command.indexOf(flag) + 1]
  assert.equal(value('-w'), 'auto')
  assert.equal(value('-b'), ':8000')
  const app = command.at(-1) ?? ''
  const args = ['-w', 'auto', '--admin', '0']
  const { server, first } = await startContained(t, { init: ['tini', '--'], app, args })
  assert.equal((await request(server, '/health')).status, 200)
  const [, admin] = await server.waitForLog(/Admin page: http:\/\/127\.0\.0\.1:(\d+)/)
  const check = image.healthCheck.map((word) => word.replace('9000', String(admin)))
  assert.equal(value('--admin'), '9000')
  assert.equal(spawnSync(process.execPath, check.slice(1)).status, 0, 'healthy')
  signalProcess(first, 'SIGTERM')
  await within(server.exit, { deadline: 20_000, what: 'the container ends' })
  assert.match(server.log(), /Shutting down: arbiter/)
  assert.doesNotMatch(server.log(), /PID 1/)
  assert.equal(spawnSync(process.execPath, check.slice(1)).status, 1, 'no longer healthy')
})

test('the image of an app on the page differs from that of the example in its app alone', () => {
  const [text = ''] = blocksOf('container.md', 'dockerfile')
  const page = parseImage(text)
  assert.deepEqual(page.healthCheck, image.healthCheck)
  assert.deepEqual(page.entrypoint, ['tini', '--', 'node_modules/.bin/nworkers'])
  assert.deepEqual(page.command.slice(0, -1), image.command.slice(0, -1))
  assert.match(page.text, /^USER node$/m)
})

test('under tini no stray becomes a zombie', { skip }, async (t) => {
  const { server, first } = await startContained(t, { init: ['tini', '--'], app: strays })
  for (const _ of Array(5)) await request(server, '/')
  await poll(() => strayless(first) && zombiesOf(first).length === 0, { what: 'strays are reaped' })
  signalProcess(first, 'SIGTERM')
  assert.equal((await within(server.exit, { deadline: 20_000, what: 'the container ends' })).code, 0)
})

test('as PID 1 nworkers says once what is missing; strays become zombies, and signals work', {
  skip,
}, async (t) => {
  const { server, first } = await startContained(t, { init: [], app: strays, args: ['-w', '2'] })
  assert.equal(server.log().match(/nworkers runs as PID 1.*--init/g)?.length, 1)
  await request(server, '/')
  await poll(() => zombiesOf(first).length === 1, { what: 'the stray is a zombie' })
  const mark = server.mark()
  signalProcess(first, 'SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/, { after: mark })
  assert.equal(server.log().match(/PID 1/g)?.length, 1)
  signalProcess(first, 'SIGTERM')
  assert.equal((await within(server.exit, { deadline: 20_000, what: 'the container ends' })).code, 0)
})

/** Whether the first process has no child but the arbiter. */
function strayless(first: number): boolean {
  return childrenOf(first).length === 1
}
