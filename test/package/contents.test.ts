import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { projectFolder } from '../process/harness/application.js'
import { pack, readManifest, type Tarball } from './tarball.js'

let tarball: Tarball
before(() => {
  tarball = pack()
})
after(() => rmSync(path.dirname(tarball.file), { recursive: true, force: true }))

test('the package holds what it needs and nothing else', () => {
  const outside = tarball.files.filter((name) => !name.startsWith('dist/src/'))
  assert.deepEqual(outside.filter((name) => !/^(deploy|docs)\//.test(name)).sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'bin/nworkers.js',
    'bin/nworkersctl.js',
    'config.schema.json',
    'package.json',
    'src/observe/live-page.html',
  ])
})

test('every file of the package comes from a source that there is', () => {
  const orphans = tarball.files
    .filter((name) => name.startsWith('dist/src/') && !name.startsWith('dist/src/bundle/'))
    .map((name) => name.replace(/^dist\//, '').replace(/(\.d)?\.[cm]?[jt]s$/, '.ts'))
    .filter((source) => !existsSync(path.join(projectFolder, source)))
  assert.deepEqual(orphans, [], 'remove dist/ and build again before a release')
})

test('publint finds nothing', async () => {
  const pkg = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8'))
  const { messages } = await publint({
    strict: true,
    pack: { tarball: toArrayBuffer(readFileSync(tarball.file)) },
  })
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  )
})

test('types are found by every kind of import that Node has', async () => {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball.file)))
  assert.ok(result.types, 'the package has types')
  // Node from 20.19 on loads an ES module by require; what has no `exports` in view, node10, is older than any Node that runs this.
  const known = (kind: string, resolution?: string) => kind === 'CJSResolvesToESM' || resolution === 'node10'
  const problems = result.problems.filter((problem) =>
    'resolutionKind' in problem ? !known(problem.kind, problem.resolutionKind) : !known(problem.kind),
  )
  assert.deepEqual(problems, [])
})

test('nothing that is installed with the package runs a script at installation', () => {
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
    readFileSync(path.join(projectFolder, 'package-lock.json'), 'utf8'),
  )
  const manifest = readFileSync(path.join(projectFolder, 'package.json'), 'utf8')
  assert.doesNotMatch(manifest, /"(pre|post)?install"|"prepare"/)
  const wanted = requiredBy(Object.keys(readManifest().dependencies), lock.packages)
  // esbuild, which tsx needs, only checks its binary and spares a process there; it works without, as the tests here do.
  const scripts = wanted.filter((name) => lock.packages[`node_modules/${name}`]?.hasInstallScript)
  assert.deepEqual(
    scripts.filter((name) => !['esbuild', 'fsevents'].includes(name)),
    [],
  )
})

interface LockedPackage {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  hasInstallScript?: boolean
}

/** These packages and all that they depend on, by the lock file. */
function requiredBy(names: string[], packages: Record<string, LockedPackage>): string[] {
  const found = new Set<string>()
  const queue = [...names]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue
    found.add(name)
    const entry = packages[`node_modules/${name}`]
    queue.push(...Object.keys({ ...entry?.dependencies, ...entry?.optionalDependencies }))
  }
  return [...found].sort()
}

function toArrayBuffer(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer
}
