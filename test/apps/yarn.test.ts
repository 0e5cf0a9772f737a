import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { temporaryFolder } from '../process/harness/application.js'
import { request } from '../process/harness/request.js'
import { runServer, serverNode, startServer } from '../process/harness/server.js'
import { appsFolder, installApps } from './installation.js'

before(installApps)

/** Packages of the project, each an app; `word` is what they depend on. Their folders are no packages by name. */
const packages = {
  word: { type: 'commonjs', entry: { exports: './app.js' }, source: 'exports.word = "declared"' },
  modern: {
    type: 'module',
    entry: { exports: { import: './app.js' } },
    source: "import { word } from 'word'\nexport const app = (_, response) => response.end('modern ' + word)",
  },
  classic: {
    type: 'commonjs',
    entry: { main: 'app' },
    source:
      "const { word } = require('word')\nexports.app = (_, response) => response.end('classic ' + word)",
  },
}

/** A project that a real Yarn has installed without node_modules; everything comes from its own folders. */
function installProject(folder: string): void {
  const declared = Object.keys(packages).map((name) => [name, `file:./sources/${name}`])
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
  for (const [name, { type, entry, source }] of Object.entries(packages)) {
    mkdirSync(path.join(folder, 'sources', name), { recursive: true })
    const dependencies = name === 'word' ? {} : { word: `file:${path.join(folder, 'sources/word')}` }
    const manifest = { name, version: '1.0.0', type, ...entry, dependencies }
    write(`sources/${name}/package.json`, JSON.stringify(manifest))
    write(`sources/${name}/app.js`, source)
  }
  write('package.json', JSON.stringify({ name: 'project', dependencies: Object.fromEntries(declared) }))
  write(
    '.yarnrc.yml',
    'nodeLinker: pnp\nenableGlobalCache: false\nenableTelemetry: false\nenableNetwork: false\n',
  )
  write('yarn.lock', '')
  const yarn = path.join(appsFolder, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js')
  const env = { ...process.env, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' }
  const { status, stdout } = spawnSync(serverNode, [yarn, 'install'], { cwd: folder, env, encoding: 'utf8' })
  assert.equal(status, 0, stdout)
}

test("Yarn's Plug'n'Play: packages in archives are served, undeclared ones refused", async (t) => {
  const { folder, path: file } = temporaryFolder(t)
  installProject(folder)
  assert.ok(!existsSync(file('node_modules')))
  // What `yarn nworkers` sets.
  const env = {
    NODE_OPTIONS: `--require ${file('.pnp.cjs')} --experimental-loader ${file('.pnp.loader.mjs')}`,
  }
  for (const name of ['modern', 'classic']) {
    const server = await startServer(t, { app: `${name}:app`, cwd: folder, env, args: ['-w', '2'] })
    assert.equal((await request(server)).body, `${name} declared`)
  }
  const { code, log } = await runServer(t, { app: 'stranger', cwd: folder, env })
  assert.equal(code, 4)
  assert.match(log, /No such module: stranger/)
})
