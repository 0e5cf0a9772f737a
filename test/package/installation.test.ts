import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { projectFolder, temporaryFolder } from '../process/harness/application.js'
import { request } from '../process/harness/request.js'
import { startServer } from '../process/harness/server.js'
import { nodeBinary } from '../runner/node-binary.js'
import { installedPackage, packageManagers } from './managers.js'
import { pack, readManifest, run, type Tarball } from './tarball.js'

let tarball: Tarball
before(() => {
  tarball = pack()
})
after(() => rmSync(path.dirname(tarball.file), { recursive: true, force: true }))

const typed = `import { defineConfig, workerContext, type Handler, type WorkerContext } from 'nworkers'
export const config = defineConfig({ workers: 2 })
export const place = (): WorkerContext | undefined => workerContext()
export const app: Handler = (_request, response) => response.end('slot ' + place()?.slot)
`

/** The same app in each language and module system; each says the slot of its worker. */
const apps = {
  'esm.mjs': `import { workerContext } from 'nworkers'
export const app = (_, response) => response.end('slot ' + workerContext()?.slot)
`,
  'cjs.cjs': `const { workerContext } = require('nworkers')
exports.app = (_, response) => response.end('slot ' + workerContext()?.slot)
`,
  'esm.mts': typed,
  'cjs.cts': typed,
}

function createProject(folder: string): void {
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "project", "private": true }\n')
  for (const [name, source] of Object.entries(apps)) writeFileSync(path.join(folder, name), source)
}

for (const { name, install } of packageManagers) {
  // Every Node that is supported runs what npm installs; the layouts of the others make no difference between Nodes.
  const nodes = name === 'npm' ? [20, 22, 24, 26] : [Number(process.versions.node.split('.')[0])]
  test(`installed by ${name} into an empty project, it serves JavaScript and TypeScript of both kinds on Node ${nodes}`, async (t) => {
    const { folder } = temporaryFolder(t)
    createProject(folder)
    install(folder, tarball.file)
    const { script, control } = installedPackage(folder)
    for (const major of nodes) {
      const node = nodeBinary(major)
      assert.equal(run(node, [script, '--version'], folder).trim(), `nworkers ${readManifest().version}`)
      assert.match(run(node, [control, '--help'], folder), /nworkersctl/)
      for (const app of Object.keys(apps)) {
        // There tsx, by itself too, cannot have CommonJS in TypeScript require an ES module: "request for … is not in cache".
        if (app === 'cjs.cts' && major === 20) continue
        const server = await startServer(t, {
          app: `${app}:app`,
          cwd: folder,
          script,
          node,
          args: ['-w', '2'],
        })
        assert.match((await request(server, '/')).body, /^slot [01]$/, `${app} on Node ${major}`)
        server.signal('SIGTERM')
        assert.equal((await server.exit).code, 0)
      }
    }
  })
}

test('the README says what an installation weighs', (t) => {
  const { folder } = temporaryFolder(t)
  createProject(folder)
  packageManagers[0]?.install(folder, tarball.file)
  const { packages, bytes } = weigh(path.join(folder, 'node_modules'))
  const readme = readFileSync(path.join(projectFolder, 'README.md'), 'utf8')
  const [, count, megabytes] = /^\| nworkers .* \| (\d+) +\| (\d+) MB \|$/m.exec(readme) ?? []
  assert.equal(Number(count), packages)
  // A newer release of a dependency may make a small difference.
  assert.ok(Math.abs(Number(megabytes) - bytes / 1e6) < 1.5, `${bytes} bytes`)
})

/** How many packages npm has put into a folder, and what all their files add up to. */
function weigh(modules: string): { packages: number; bytes: number } {
  const lock = readFileSync(path.join(modules, '.package-lock.json'), 'utf8')
  const { packages }: { packages: Record<string, unknown> } = JSON.parse(lock)
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  // A file of several names is there once: esbuild links its binary to where it is called.
  const sizes = new Map(
    files.map(({ parentPath, name }) => {
      const { ino, size } = statSync(path.join(parentPath, name))
      return [ino, size]
    }),
  )
  return {
    packages: Object.keys(packages).length,
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
  }
}

test('a project in TypeScript finds the types, as an ES module and as CommonJS', (t) => {
  const { folder } = temporaryFolder(t)
  createProject(folder)
  packageManagers[0]?.install(folder, tarball.file)
  const tsc = path.join(projectFolder, 'node_modules/typescript/bin/tsc')
  const types = ['--typeRoots', path.join(projectFolder, 'node_modules/@types'), '--types', 'node']
  const check = (file: string) =>
    run(process.execPath, [tsc, '--noEmit', '--strict', '--module', 'nodenext', ...types, file], folder)
  for (const file of ['esm.mts', 'cjs.cts']) check(file)
  writeFileSync(path.join(folder, 'wrong.mts'), typed.replace('workers: 2', 'werkers: 2'))
  assert.throws(() => check('wrong.mts'), /wrong\.mts.*error TS/s)
})
