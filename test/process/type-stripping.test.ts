import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { request } from './harness/request.js'
import { serverNode, startServer } from './harness/server.js'

const program = 'process.stdout.write(String(process.features.typescript ?? false))'
const nodeStrips = spawnSync(serverNode, ['-e', program], { encoding: 'utf8' }).stdout === 'strip'

/** What a project for Node's own type stripping has. */
const erasable = {
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
  target: 'es2024',
}

/** Which loader serves: only Node leaves blanks for the types in the text of a function. */
const app = (more = '') => `
  import type { ServerResponse } from 'node:http'
  import { word } from './word.ts'
  ${more}
  const typed = (value : string) => value
  const loader = /value {5,}/.test(String(typed)) ? 'node' : 'tsx'
  export const app = (_: unknown, response: ServerResponse) => response.end(loader + word())`

interface Project {
  what: string
  options: object
  strips: boolean
  type?: string
  source?: string
  args?: string[]
}

const projects: Project[] = [
  { what: 'a project that promises erasable syntax', options: erasable, strips: true },
  { what: 'no promise', options: {}, strips: false },
  {
    what: 'imports that may be dropped',
    options: { ...erasable, verbatimModuleSyntax: false },
    strips: false,
  },
  {
    what: 'paths',
    options: { ...erasable, paths: { '~/*': ['./*'] } },
    source: app("import '~/word'"),
    strips: false,
  },
  { what: 'class fields that are assigned', options: { ...erasable, target: 'es2020' }, strips: false },
  {
    what: 'an enum',
    options: { target: 'es2024' },
    source: app('export enum Mode { Fast }'),
    strips: false,
  },
  { what: 'a package that is not told to be a module', options: erasable, type: 'commonjs', strips: false },
  {
    what: 'a user who wants it so',
    options: erasable,
    args: nodeStrips ? ['--node-option=--no-experimental-strip-types'] : [],
    strips: false,
  },
]
for (const { what, options, strips, type = 'module', source = app(), args = [] } of projects) {
  const loader = strips && nodeStrips ? 'node' : 'tsx'
  test(`TypeScript of ${what} is loaded by ${loader} on this Node`, async (t) => {
    const files = {
      'base.json': JSON.stringify({ compilerOptions: options }),
      'tsconfig.json': '{ "extends": "./base.json", /* as people write it */ }',
      'package.json': JSON.stringify({ type }),
      'word.ts': 'export const word = (): string => " serves"',
      'app.ts': source,
    }
    const { folder } = temporaryFolder(t, files)
    const server = await startServer(t, { app: 'app', cwd: folder, args })
    assert.equal((await request(server)).body, `${loader} serves`)
  })
}
