import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { reload } from './harness/reloads.js'
import { request } from './harness/request.js'
import { startServer } from './harness/server.js'

/** What an app may say on its channel, by chance or by malice: names that nworkers has too, and broken forms of its messages. */
const said = `
const types = ['loaded', 'ready', 'beat', 'failed', 'leaving', 'accept-again', 'files', 'metrics', 'inspector-closed', 'address-needed', 'toString']
const bodies = [{}, { counts: null }, { families: 'x' }, { families: [{}] }, { files: 7 }, { reason: {} }, { counts: { durations: [] } }]
for (const type of types) for (const body of bodies) {
  process.send({ type, ...body })
  if (type === 'beat' || type === 'files' || type === 'metrics' || type === 'toString') process.send({ nworkers: { type, ...body } })
}
for (const odd of ['x', 7, [], { nworkers: null }, { nworkers: 'ready' }, { nworkers: [] }]) process.send(odd)
`

test('whatever an app sends on its channel, the arbiter goes on', async (t) => {
  const { folder } = temporaryFolder(t, {
    'app.mjs': `${said}\nexport const app = (request, response) => response.end(JSON.stringify({ pid: process.pid }))`,
  })
  const args = ['-w', '2', '--admin', '0', '--reload']
  const server = await startServer(t, { app: 'app.mjs:app', cwd: folder, args })
  assert.equal(await reload(server, 1, 1), 2)
  const [, port] = await server.waitForLog(/Admin page: http:\/\/127\.0\.0\.1:(\d+)/)
  const metrics = await request({ port: Number(port) }, '/metrics')
  assert.match(metrics.body, /^nworkers_workers_target 2$/m)
  assert.equal((await request(server, '/')).status, 200)
  assert.doesNotMatch(server.log(), /ERROR|WARNING/)
  assert.ok(!server.log().includes(projectFolder))
})
