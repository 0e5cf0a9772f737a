import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { identify, refuses, request } from './harness/request.js'
import { exporting, freePort, startScript } from './harness/script.js'
import { startServer } from './harness/server.js'

/** What tells the server that listens from what is exported: a header of its own. */
const marked = `const server = createServer(app)
server.prependListener('request', (_, response) => response.setHeader('x-server', 'own'))`

/** Modules that export what could be served, and make a server of their own listen at some time. */
const orders = {
  'at once': (port: number) => `${marked}\nserver.listen(${port}, '127.0.0.1')`,
  'after an await at the top': (port: number) =>
    `${marked}\nawait new Promise((done) => setTimeout(done, 200))\nserver.listen(${port}, '127.0.0.1')`,
  'when it is served already': (port: number) =>
    `${marked}\nsetTimeout(() => server.listen(${port}, '127.0.0.1'), 1500)`,
}

describe('an app that is exported and calls listen()', () => {
  for (const [when, source] of Object.entries(orders)) {
    test(`${when}, without -b: its own server alone is served, at its own address`, async (t) => {
      const { server, target } = await startScript(t, (port) => exporting(source(port)))
      await poll(async () => (await request(target).catch(() => undefined))?.headers['x-server'] === 'own', {
        deadline: 20_000,
        what: 'its own server answers',
      })
      // Where it was served before, nobody listens any more, and the reload after it waits for the call.
      if (when === 'when it is served already') {
        await server.waitForLog(/No longer listening at: http:\/\/127\.0\.0\.1:8000/)
        await poll(() => (server.log().match(/exited: request/g) ?? []).length === 2, {
          deadline: 20_000,
          what: 'both workers are replaced',
        })
      }
      const load = startLoad(t, target)
      await load.answers(20)
      server.signal('SIGHUP')
      await server.waitForLog(/Reload: generation 2 serves/)
      await load.answers(40)
      assertNoneFailed(await load.stop())
      assert.equal((await request(target)).headers['x-server'], 'own')
    })

    test(`${when}, with -b: its own server alone is served, there`, async (t) => {
      const port = await freePort()
      const { path } = temporaryFolder(t, { 'server.mjs': exporting(source(port)) })
      const server = await startServer(t, { app: path('server.mjs'), args: ['-w', '2'] })
      await poll(async () => (await request(server)).headers['x-server'] === 'own', {
        deadline: 20_000,
        what: 'its own server answers',
      })
      assert.ok(await refuses({ port }))
    })
  }

  test('an exported server that listens later: Node would refuse that, and the workers wait for it', async (t) => {
    const port = await freePort()
    const source = exporting(`export const server = createServer(app)
      export { server as default }
      setTimeout(() => server.listen(${port}, () => console.error('it says', server.address().port)), 1000)`)
    const { path } = temporaryFolder(t, { 'server.mjs': source })
    const server = await startServer(t, { app: path('server.mjs'), args: ['-w', '1'] })
    await server.waitForLog(/later listens at \[::\]:\d+ by itself/)
    await server.waitForLog(new RegExp(`it says ${server.port}`))
    assert.equal((await identify(server)).version, 'script')
    assert.doesNotMatch(server.log(), /ERR_SERVER_ALREADY_LISTEN/)
  })

  test('a later release that begins to do so elsewhere is served as it was, and is told', async (t) => {
    const { path, deploy } = temporaryFolder(t, { 'server.mjs': exporting('') })
    const server = await startServer(t, { app: path('server.mjs'), args: ['-w', '1'], withoutBind: true })
    deploy('server.mjs', exporting(orders['when it is served already'](await freePort()), 'later'))
    server.signal('SIGHUP')
    await server.waitForLog(/Reload: generation 2 serves/)
    await server.waitForLog(/listens at 127\.0\.0\.1:\d+ by itself, when what it exports serves already/)
    assert.equal((await identify(server)).version, 'later')
  })
})
