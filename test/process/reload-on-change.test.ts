import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type TestContext, test } from 'node:test'
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

/** An app that has read its template when it is ready, and a server that watches the templates. */
async function startWithTemplates(t: TestContext) {
  const { path, folder } = temporaryFolder(t, {
    'app.mjs': `import { existsSync, readFileSync } from 'node:fs'
      const version = existsSync('views/page.html') ? readFileSync('views/page.html', 'utf8') : 'none'
      export const app = (request, response) => response.end(JSON.stringify({ version }))`,
  })
  const args = ['--reload', '--reload-extra-file', 'labels.txt', '--reload-extra-file', 'views/**/*.html']
  const server = await startServer(t, { app: './app.mjs', args: [...args, '--chdir', folder] })
  const changes = (mark: number) =>
    [...server.log(mark).matchAll(/Changed: (.*)/g)].map(([, file = '']) => relative(folder, file))
  return { server, changes, write: (name: string, text: string) => writeFileSync(path(name), text), path }
}

test('--reload-extra-file: a new, a saved and a removed file that matches is a reload each', async (t) => {
  const { server, write, path } = await startWithTemplates(t)
  const create = () => {
    mkdirSync(path('views'), { recursive: true })
    write('views/page.html', 'one')
  }
  const steps = [
    ['one', create],
    ['two', () => write('views/page.html', 'two')],
    ['none', () => rmSync(path('views/page.html'), { force: true })],
  ] as const
  for (const [version, step] of steps) {
    await saved(server, step)
    await poll(async () => (await identify(server)).version === version, { what: `${version} is served` })
  }
})

test('--reload-extra-file: what does not match, or is in node_modules, is no reload', async (t) => {
  const { server, changes, write, path } = await startWithTemplates(t)
  mkdirSync(path('views/deep'), { recursive: true })
  mkdirSync(path('views/node_modules/package'), { recursive: true })
  const warm = server.mark()
  await saved(server, () => write('views/first.html', String(performance.now())))
  await server.waitForLog(/Ready: generation \d+, /, { after: warm })
  const mark = server.mark()
  for (const name of ['views/deep/page.html', 'labels.txt']) {
    const before = server.mark()
    write(name, 'one')
    // Of changes that come together the last one is told.
    write('views/page.txt', 'one')
    write('labels.txt.old', 'one')
    write('views/node_modules/package/page.html', 'one')
    await server.waitForLog(new RegExp(`Changed: .*/${name}\n[^]*Ready: generation`), { after: before })
  }
  const told = changes(mark).filter((name) => name !== 'views/first.html')
  assert.deepEqual(told, ['views/deep/page.html', 'labels.txt'])
})

test('--reload-extra-file without --reload is refused with exit code 2', async (t) => {
  const { code, log } = await runServer(t, { args: ['--reload-extra-file', 'views/*.html'] })
  assert.equal(code, 2)
  assert.match(log, /--reload-extra-file is for --reload, which is off\. Add --reload /)
})
