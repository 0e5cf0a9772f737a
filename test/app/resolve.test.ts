import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { resolveModule } from '../../src/app/resolve.js'

const STATED_ORDER = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx']
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nworkers-resolve-'))
})

after(() => rm(folder, { recursive: true, force: true }))

test('extensions are tried in the stated order, for files and for the index of a folder', async () => {
  await mkdir(join(folder, 'web'))
  for (const extension of STATED_ORDER.toReversed()) {
    await writeFile(join(folder, `app${extension}`), '')
    assert.equal(resolveModule('app', folder), join(folder, `app${extension}`))
    await writeFile(join(folder, `web/index${extension}`), '')
    assert.equal(resolveModule('./web', folder), join(folder, `web/index${extension}`))
  }
})

test('a file with exactly this name wins over one with an extension', async () => {
  await writeFile(join(folder, 'serve'), '')
  await writeFile(join(folder, 'serve.js'), '')
  assert.equal(resolveModule('serve', folder), join(folder, 'serve'))
  assert.equal(resolveModule('serve.js', folder), join(folder, 'serve.js'))
})

test('a folder without entry does not hide a package of its name', async () => {
  await mkdir(join(folder, 'data'))
  await mkdir(join(folder, 'node_modules/data'), { recursive: true })
  await writeFile(join(folder, 'node_modules/data/index.js'), '')
  assert.equal(resolveModule('data', folder), join(folder, 'node_modules/data/index.js'))
})

test('the conditions of exports are taken in their order, the most exact pattern first', async () => {
  const root = join(folder, 'node_modules/patterns')
  await mkdir(join(root, 'dist/deep'), { recursive: true })
  for (const file of ['dist/node.js', 'dist/one.js', 'dist/deep/one.js'])
    await writeFile(join(root, file), '')
  const exports = {
    '.': {
      browser: './browser.js',
      node: { require: './none.cjs', default: './dist/node.js' },
      import: './none.js',
    },
    './*': './dist/*.js',
    './deep/*.js': './dist/deep/*.js',
  }
  await writeFile(join(root, 'package.json'), JSON.stringify({ exports }))
  assert.equal(resolveModule('patterns', folder), join(root, 'dist/node.js'))
  assert.equal(resolveModule('patterns/one', folder), join(root, 'dist/one.js'))
  assert.equal(resolveModule('patterns/deep/one.js', folder), join(root, 'dist/deep/one.js'))
})

test('a name that no file can have is a missing module', () => {
  for (const name of ['a'.repeat(5000), 'a\0b']) {
    assert.throws(() => resolveModule(name, folder), { code: 'NWORKERS_E_SPECIFIER' })
  }
})
