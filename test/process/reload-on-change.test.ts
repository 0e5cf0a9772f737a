import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { identify } from './harness/request.js'
import { runServer, type Server, startServer } from './harness/server.js'

/** Saves a file until the change is seen: what is saved in the moment after the start is not watched yet. */
async function saved(server: Server, save: () => void): Promise<void> {
  const mark = server.mark()
  let tries = 0
  await poll(
    () => {
      if (tries++ % 50 === 0) save()
      return /Changed: /.test(server.log(mark))
    },
    { what: 'the change is seen' },
  )
}

const part = (version: string) => `export const version = ${JSON.stringify(version)}`

for (const [name, source, partName] of [
  ['app.mjs', (first: string) => first.replace('probe("x")', 'probe(version)'), 'part.mjs'],
  ['app.ts', (first: string) => first.replace('probe("x")', 'probe(version as string)'), 'part.ts'],
] as const) {
  test(`--reload with ${name}: a saved import is served, a syntax error keeps the last good version, and nothing fails`, async (t) => {
    const entry = source(`import { version } from './${partName}'\n${probeSource('x')}`)
    const { path, deploy, folder } = temporaryFolder(t, {
      [partName]: part('v0'),
      [name]: entry,
      'package.json': '{ "type": "module" }',
    })
    mkdirSync(path('node_modules'))
    const server = await startServer(t, {
      app: `${path(name)}:app`,
      args: ['--reload', '-w', '2'],
      cwd: folder,
    })
    const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
    for (let round = 1; round <= 3; round++) {
      const broken = server.mark()
      await saved(server, () => deploy(partName, 'export const version = ('))
      await server.waitForLog(/Reload: generation \d+ failed: .*; generation \d+ stays/, { after: broken })
      assert.equal((await identify(server)).version, `v${round - 1}`)
      const mended = server.mark()
      // In place, as some editors write.
      writeFileSync(path(partName), part(`v${round}`))
      await server.waitForLog(/Ready: generation \d+, 2 workers/, { after: mended })
      assert.equal((await identify(server)).version, `v${round}`)
    }
    assertNoneFailed(await load.stop())
    assert.doesNotMatch(server.log(), /EADDRINUSE/)
  })
}

test('--reload with CommonJS: what require has loaded is watched too', async (t) => {
  const { path, deploy } = temporaryFolder(t, {
    'part.cjs': 'exports.version = "one"',
    'app.cjs': `const { version } = require('./part.cjs')
      exports.app = (request, response) => response.end(JSON.stringify({ version }))`,
  })
  const server = await startServer(t, { app: path('app.cjs'), args: ['--reload'] })
  await saved(server, () => deploy('part.cjs', 'exports.version = "two"'))
  await server.waitForLog(/Ready: generation 2, /)
  assert.equal((await identify(server)).version, 'two')
})

test('--reload with a new config file takes its settings', async (t) => {
  const { folder, deploy } = temporaryFolder(t, {
    'app.mjs': probeSource('one'),
    'nworkers.config.json': '{ "app": "./app.mjs", "reload": true }',
  })
  const server = await startServer(t, { app: null, cwd: folder })
  const config = '{ "app": "./app.mjs", "reload": true, "workers": 2 }'
  await saved(server, () => deploy('nworkers.config.json', config))
  await server.waitForLog(/Ready: generation \d+, 2 workers/)
})

test('--reload with an app that is broken from the start ends with exit code 3', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': 'export const app = (' })
  const { code, log } = await runServer(t, { app: path('app.mjs'), args: ['--reload'] })
  assert.equal(code, 3)
  assert.match(log, /SyntaxError/)
})
