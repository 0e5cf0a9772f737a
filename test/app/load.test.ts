import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { outcomeOf, type Refused, type Served } from './outcome.js'

const APPS = fileURLToPath(new URL('../../../test/fixtures/apps/', import.meta.url))
const CHILD = fileURLToPath(new URL('./child.js', import.meta.url))
const CHILD_DEADLINE_MS = 60_000
const run = promisify(execFile)

/** An app and what must come of it. */
interface Case {
  specifier: string
  /** Relative to the copy of the fixtures; the specifier is resolved from there. */
  chdir?: string
  path?: string
  /** In a process of its own: for TypeScript, and for apps that leave something behind. */
  child?: boolean
}
type ServedCase = Case & { kind: string; body: string; status?: number; hooks?: string[] }
/** `says` are parts of the sentence, `never` what must not be in it. */
type RefusedCase = Case & { says: (string | RegExp)[]; never?: (string | RegExp)[] }

let folder: string

/** The fixtures, with what a checkout cannot hold: installed packages, broken files and symbolic links. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nworkers-apps-'))
  await cp(APPS, folder, { recursive: true })
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const app = (text: string) =>
    `export const app = (_request, response) => response.end(${JSON.stringify(text)})\n`
  const json = JSON.stringify
  await write('package.json', json({ type: 'module' }))
  await write('syntax.mjs', 'export const a = 1\nexport const b = ;\n')
  await write('syntax-deep.mjs', "import './syntax.mjs'\nexport default () => {}\n")
  await write(
    'syntax-later.mjs',
    "import { appendFileSync } from 'node:fs'\n" +
      "appendFileSync(new URL('runs', import.meta.url), 'run')\n" +
      "await import('./syntax.mjs')\n",
  )
  await write('syntax.cjs', 'exports.a = ;\n')
  await write('syntax.ts', 'export const a: number = ;\n')
  await write('module-in-commonjs.cjs', "import fs from 'node:fs'\nexport default fs\n")
  await write('no-type/package.json', '{}')
  await write('no-type/app.js', 'exports.app = (_request, response) => response.end("commonjs by default")\n')
  await write('no-type/module.js', app('module by its syntax'))
  await write('no-extension/serve', app('no extension'))
  await write('both/index.js', app('the folder'))
  await write('both.js', app('the file'))
  await write('bad-json/package.json', '{ main: ')
  await write('node_modules/plain/package.json', json({ main: './lib/main.js', type: 'module' }))
  await write('node_modules/plain/lib/main.js', app('package main'))
  await write('node_modules/plain/extra.js', app('package file'))
  await write('node_modules/both/index.js', app('the package'))
  await write('node_modules/unbuilt/package.json', json({ main: 'dist/main.js' }))
  await write(
    'node_modules/@scope/dual/package.json',
    json({
      exports: {
        '.': { types: './app.d.ts', import: './app.mjs', require: './app.cjs' },
        './feature': './feature.mjs',
        './parts/*': './parts/*.mjs',
        './parts/private/*': null,
        './list': ['not-a-path', './feature.mjs'],
      },
    }),
  )
  await write('node_modules/@scope/dual/app.mjs', app('import condition'))
  await write('node_modules/@scope/dual/app.cjs', 'throw new Error("the wrong condition")')
  await write('node_modules/@scope/dual/feature.mjs', app('package feature'))
  await write('node_modules/@scope/dual/parts/one.mjs', app('package part'))
  await write('node_modules/@scope/dual/parts/private/two.mjs', app('private'))
  await write('releases/7/app.mjs', app('release 7'))
  await symlink(join(folder, 'releases/7'), join(folder, 'current'))
  await write('with space/app é.mjs', app('odd path'))
})

after(() => rm(folder, { recursive: true, force: true }))

async function load({ specifier, chdir = '', path, child = false }: Case): Promise<Served | Refused> {
  const app = specifier.replaceAll('{folder}', folder).replaceAll('{url}', pathToFileURL(folder).href)
  const cwd = join(folder, chdir)
  if (!child) return outcomeOf(app, cwd, path)
  const parameters = [CHILD, app, cwd, ...(path === undefined ? [] : [path])]
  const { stdout } = await run(process.execPath, parameters, { timeout: CHILD_DEADLINE_MS })
  return JSON.parse(stdout)
}

const served: ServedCase[] = [
  { specifier: './default.mjs', path: '/path', kind: 'handler', body: 'default /path' },
  { specifier: './default', kind: 'handler', body: 'default /' },
  { specifier: 'default', kind: 'handler', body: 'default /' },
  { specifier: 'default:default', kind: 'handler', body: 'default /' },
  { specifier: 'plain.js', kind: 'handler', body: 'plain js' },
  { specifier: '../plain', chdir: 'circular', kind: 'handler', body: 'plain js' },
  { specifier: '{folder}/plain.js', chdir: 'circular', kind: 'handler', body: 'plain js' },
  { specifier: '{folder}/order-app:handler', kind: 'handler', body: 'handler' },
  { specifier: '{url}/plain.js', kind: 'handler', body: 'plain js' },
  { specifier: '{url}/order-app.mjs:handler', kind: 'handler', body: 'handler' },
  { specifier: '{url}/with%20space/app%20%C3%A9.mjs', kind: 'handler', body: 'odd path' },
  { specifier: './with space/app é:app', kind: 'handler', body: 'odd path' },
  { specifier: 'no-extension/serve', kind: 'handler', body: 'no extension' },
  { specifier: 'current/app', kind: 'handler', body: 'release 7' },
  { specifier: 'order-app', kind: 'handler', body: 'app' },
  { specifier: 'order-app:server', kind: 'http.Server', body: 'server' },
  { specifier: 'order-handler', kind: 'handler', body: 'handler' },
  { specifier: 'server', kind: 'http.Server', body: 'server' },
  { specifier: 'server-subclass', kind: 'http.Server', body: 'subclass' },
  { specifier: 'async', kind: 'handler', body: 'async' },
  { specifier: 'promise', kind: 'handler', body: 'promised' },
  { specifier: 'promise-of-server', kind: 'http.Server', body: 'promised server' },
  { specifier: 'top-level-await', kind: 'handler', body: 'awaited' },
  {
    specifier: 'factory:create({"a:b":["(",")"]}, 3)',
    kind: 'handler',
    body: '{"options":{"a:b":["(",")"]},"count":3}',
  },
  { specifier: 'factory:create()', kind: 'handler', body: '{}' },
  { specifier: 'factory:createLater("later: ()")', kind: 'http.Server', body: 'later: ()' },
  { specifier: 'start-factory:start("no hook")', kind: 'handler', body: 'no hook' },
  { specifier: 'dotted:api.v1.handle', kind: 'handler', body: 'hello from this' },
  { specifier: 'dotted:api.v1.make("!")', kind: 'handler', body: 'hello from this!' },
  { specifier: 'middleware', path: '/answer', kind: 'connect', body: 'middleware' },
  { specifier: 'middleware', path: '/other', kind: 'connect', body: 'Not Found\n', status: 404 },
  { specifier: 'connect-app', path: '/answer', kind: 'connect', body: 'connect app' },
  { specifier: 'connect-app', path: '/other', kind: 'connect', body: 'own final handler', status: 404 },
  { specifier: 'router', path: '/answer', kind: 'connect', body: 'router' },
  { specifier: 'router', path: '/other', kind: 'connect', body: 'Not Found\n', status: 404 },
  { specifier: 'frameworks:koa.callback()', kind: 'handler', body: 'koa callback' },
  { specifier: 'frameworks:koa', kind: 'Koa app', body: 'koa callback' },
  { specifier: 'frameworks:fastify', kind: 'Fastify instance', body: 'fastify ready', hooks: ['stop'] },
  { specifier: 'frameworks:hapi', kind: 'Hapi server', body: 'hapi initialized', hooks: ['stop'] },
  { specifier: 'frameworks:nest', kind: 'Nest application', body: 'nest initialized', hooks: ['stop'] },
  { specifier: 'frameworks:next', kind: 'Next.js app', body: 'next prepared', hooks: ['stop'] },
  { specifier: 'frameworks:restify', kind: 'Restify server', body: 'restify' },
  { specifier: 'frameworks:polka', kind: 'Polka-style app', body: 'polka' },
  { specifier: 'frameworks:web', path: '/a?b', kind: 'fetch handler', body: 'GET /a?b', hooks: ['stop'] },
  { specifier: 'frameworks:web.fetch', kind: 'fetch handler', body: 'GET /', hooks: ['stop'] },
  { specifier: 'web:one', kind: 'fetch handler', body: 'one', hooks: ['stop'] },
  { specifier: 'web:router', kind: 'fetch handler', body: 'router', hooks: ['stop'] },
  { specifier: 'web:none', kind: 'handler', body: 'none' },
  { specifier: 'web:later', kind: 'handler', body: 'later' },
  { specifier: 'web:clone', path: '/x', kind: 'fetch handler', body: 'clone of /x', hooks: ['stop'] },
  { specifier: 'web', kind: 'fetch handler', body: 'fetch export', hooks: ['stop'] },
  {
    specifier: 'web:wrong',
    kind: 'fetch handler',
    body: 'Internal Server Error\n',
    status: 500,
    hooks: ['stop'],
  },
  { specifier: 'fetch.cjs', kind: 'fetch handler', body: 'fetch of CommonJS', hooks: ['stop'] },
  { specifier: 'wrong:holder.handler', kind: 'handler', body: '' },
  { specifier: 'circular/a', kind: 'handler', body: 'circular' },
  { specifier: 'start', kind: 'handler', body: 'started', hooks: ['stop', 'drain'] },
  { specifier: 'hooks-no-functions', kind: 'handler', body: 'no hooks' },
  { specifier: 'module-exports.cjs', kind: 'handler', body: 'module.exports' },
  { specifier: 'module-exports:default', kind: 'handler', body: 'module.exports' },
  { specifier: 'exports-app', kind: 'handler', body: 'exports.app' },
  { specifier: 'exports-app:other', kind: 'handler', body: 'exports.other' },
  { specifier: 'exports-hidden', kind: 'handler', body: 'hidden' },
  { specifier: 'es-module', kind: 'handler', body: '__esModule' },
  { specifier: 'with-fetch', kind: 'handler', body: 'app next to fetch' },
  { specifier: 'no-type/app', kind: 'handler', body: 'commonjs by default' },
  { specifier: 'no-type/module', kind: 'handler', body: 'module by its syntax', child: true },
  { specifier: 'typescript/handler.ts', kind: 'handler', body: 'typescript fast!', child: true },
  { specifier: 'typescript/handler', kind: 'handler', body: 'typescript fast!', child: true },
  { specifier: 'typescript/module', kind: 'handler', body: 'mts', child: true },
  { specifier: 'typescript/common', kind: 'http.Server', body: 'cts', child: true },
  { specifier: 'typescript/page.tsx', kind: 'handler', body: '<p>tsx</p>', child: true },
  { specifier: 'typescript/page.jsx:handler', kind: 'handler', body: '<p>jsx</p>', child: true },
  {
    specifier: './handler:handler',
    chdir: 'typescript-commonjs',
    kind: 'handler',
    body: 'commonjs slow!',
    child: true,
  },
  { specifier: 'typescript-commonjs/default', kind: 'handler', body: 'commonjs default', child: true },
  { specifier: 'folder-main', kind: 'handler', body: 'folder main' },
  { specifier: './folder-main/', kind: 'handler', body: 'folder main' },
  { specifier: '.', chdir: 'folder-main', kind: 'handler', body: 'folder main' },
  { specifier: 'folder-exports:app', kind: 'handler', body: 'folder exports' },
  { specifier: 'folder-index', kind: 'handler', body: 'folder index' },
  { specifier: 'both', kind: 'handler', body: 'the file' },
  { specifier: './both/', chdir: 'node_modules', kind: 'handler', body: 'the package' },
  { specifier: 'plain', kind: 'handler', body: 'plain js' },
  { specifier: 'plain', chdir: 'circular', kind: 'handler', body: 'package main' },
  { specifier: 'plain/extra', chdir: 'circular', kind: 'handler', body: 'package file' },
  { specifier: 'both', chdir: 'circular', kind: 'handler', body: 'the package' },
  { specifier: '@scope/dual', kind: 'handler', body: 'import condition' },
  { specifier: '@scope/dual/feature:app', kind: 'handler', body: 'package feature' },
  { specifier: '@scope/dual/parts/one', kind: 'handler', body: 'package part' },
  { specifier: '@scope/dual/list', kind: 'handler', body: 'package feature' },
]

/** Exit code 4: the specifier is wrong. */
const wrongSpecifiers: RefusedCase[] = [
  { specifier: '', says: ['names no module'] },
  { specifier: 'default:', says: ['names no export after its colon'] },
  { specifier: 'factory:create({debug:true})', says: ['not JSON', 'double quotes'] },
  {
    specifier: 'defalt',
    says: ['No such module: defalt', '.js .mjs', 'installed package defalt', 'Did you mean default?'],
  },
  { specifier: './defalt.mjs', says: ['Did you mean ./default.mjs?'], never: ['installed package'] },
  { specifier: 'typscript/handler', says: ['Did you mean typescript/handler?'] },
  { specifier: '{folder}/plain.ts', says: [/Did you mean \/.*\/plain\.js\?/] },
  { specifier: 'nothing-like-it', says: ['No such module: nothing-like-it'], never: ['Did you mean'] },
  { specifier: '@scope/none', says: ['No such module: @scope/none', 'installed package @scope/none'] },
  { specifier: 'https://example.com/app.js', says: ['only file URLs'] },
  { specifier: 'folder-empty', says: ['has no entry', '"main"', 'index.js', 'It holds server.mjs'] },
  { specifier: 'folder-unbuilt', says: ['./dist/app.js, which does not exist', 'Run npm run build in'] },
  { specifier: 'unbuilt', says: ['dist/main.js, which does not exist', 'Run its build'] },
  { specifier: 'bad-json', says: ['package.json is not JSON'] },
  {
    specifier: '@scope/dual/featur',
    says: ['does not export "./featur"', 'Did you mean @scope/dual/feature?'],
  },
  { specifier: '@scope/dual/parts/private/two', says: ['does not export'] },
  { specifier: 'plain/none', chdir: 'circular', says: ['No such module: plain/none'] },
  { specifier: 'data.json', says: ['neither JavaScript nor TypeScript'] },
  { specifier: 'page.html', says: ['neither JavaScript nor TypeScript'] },
  {
    specifier: 'order-app:handlr',
    says: ['has no handlr', 'it exports: app, handler, server', 'Did you mean order-app:handler?'],
  },
  { specifier: 'exports-app:App', says: ['it exports: app, other', 'Did you mean exports-app:app?'] },
  {
    specifier: 'dotted:api.v2',
    says: ['api of dotted has no v2', 'it has: v1, version', 'Did you mean dotted:api.v1?'],
  },
  { specifier: 'dotted:api.v1.handel', says: ['Did you mean dotted:api.v1.handle?'] },
  { specifier: 'wrong:text.length.of', says: ['it is the string "hello"'.replace(/"/g, "'")] },
  {
    specifier: 'misnamed',
    says: [
      'none of default, app, handler, server, fetch',
      'it exports: hander, other',
      'as in misnamed:hander',
    ],
  },
  { specifier: 'nothing.mjs', says: ['exports nothing', 'no HTTP server of it listens', 'export default'] },
  { specifier: 'nothing.cjs', says: ['exports nothing'] },
  { specifier: 'settings.cjs', says: ['it exports: port'] },
  { specifier: 'default-object', says: ['default of default-object is a plain object (port)'] },
  {
    specifier: 'wrong:text',
    says: ["text of wrong is the string 'hello'", 'Expected a function (request, response)'],
  },
  { specifier: 'wrong:number', says: ['the number 42'] },
  { specifier: 'wrong:nothing', says: ['nothing of wrong is undefined'] },
  { specifier: 'wrong:empty', says: ['is null'] },
  { specifier: 'wrong:list', says: ['is an array'] },
  { specifier: 'wrong:settings', says: ['a plain object (port, host)'] },
  { specifier: 'wrong:holder', says: ["Its property handler is one: run 'wrong:holder.handler'"] },
  { specifier: 'wrong:dates', says: ['an instance of Date'] },
  { specifier: 'wrong:generate', says: ['a generator function'] },
  { specifier: 'wrong:App', says: ['the class App', 'does not call new'] },
  { specifier: 'wrong:OldApp', says: ['the class OldApp', 'does not call new'] },
  { specifier: 'wrong:App()', says: ['the class App', 'does not call new'] },
  {
    specifier: 'wrong:text()',
    says: ["the string 'hello'", 'cannot be called', 'Leave the parentheses out'],
  },
  { specifier: 'promise-of-string', says: ["is the string 'later'"] },
  { specifier: 'factory:createNothing()', says: ['createNothing() of factory is undefined'] },
  { specifier: 'error-handler', says: ['a function with 4 parameters', 'error handler of express'] },
  { specifier: 'frameworks:net', says: ['does not speak HTTP', 'node:http'] },
  { specifier: 'frameworks:h3', says: ['an app of H3 version 1', 'toNodeListener(app)'] },
  { specifier: 'frameworks:apollo', says: ['an Apollo server', 'expressMiddleware(server)'] },
  { specifier: 'frameworks:trpc', says: ['a router of tRPC', 'createHTTPHandler({ router })'] },
  {
    specifier: 'listening',
    child: true,
    says: ['server of listening is already listening', 'without calling listen()'],
  },
  { specifier: 'start-listens', child: true, says: ['already listening'] },
]

const OWN_FRAME = /dist\/src\/|node:internal|node_modules\/(?:tsx|esbuild)/

/** Exit code 3: the app's own code failed. */
const bootFailures: RefusedCase[] = [
  {
    specifier: 'throws',
    says: [
      'throws.mjs threw',
      'Error: cannot connect',
      /at connectToDatabase .*throws\.mjs:2:9/,
      'Caused by: Error: socket hang up',
    ],
  },
  { specifier: 'throws-string', says: ["'a bare string'"] },
  {
    specifier: 'rejected',
    child: true,
    says: ['default of rejected failed', 'the database is down', /rejected\.mjs:1/],
  },
  {
    specifier: 'factory:createFailing()',
    says: ['The factory createFailing', 'RangeError: no such model', /factory\.mjs:15/],
  },
  { specifier: 'getter:app', says: ['app of getter failed', 'RangeError: not today', /getter\.cjs/] },
  { specifier: 'factory:createRejecting()', says: ['no such weights'] },
  { specifier: 'start-fails', says: ['The start hook of start-fails', 'warm-up failed'] },
  {
    specifier: 'missing-package.mjs',
    says: [/missing-package\.mjs.* imports the package no-such-package, /, 'npm install no-such-package'],
  },
  {
    specifier: 'missing-package.cjs',
    says: [/missing-package\.cjs.* imports the package @no-such-scope\/package, /],
  },
  {
    specifier: 'missing-deep',
    says: [/missing-deep\.mjs threw.*missing-package\.mjs imports the package no-such-package/],
  },
  {
    specifier: 'missing-file',
    says: [/missing-file\.mjs.* imports the file .*no-such-file\.mjs/],
  },
  { specifier: 'missing-export', says: ["does not provide an export named 'nope'", /missing-export\.mjs:1/] },
  { specifier: 'circular/early-a', says: ["Cannot access 'name' before initialization", /early-b\.mjs:3/] },
  {
    specifier: 'mixed/commonjs-in-module',
    says: ['written as CommonJS but loaded as an ES module', 'name it .cjs'],
  },
  {
    specifier: 'module-in-commonjs',
    child: true,
    says: ['written as an ES module but loaded as CommonJS', 'name it .mjs'],
  },
  {
    specifier: 'syntax.mjs',
    says: [/syntax\.mjs:2\nexport const b = ;\n *\^/, "SyntaxError: Unexpected token ';'"],
  },
  { specifier: 'syntax-deep', says: [/syntax\.mjs:2\nexport const b = ;/] },
  { specifier: 'syntax.cjs', says: [/syntax\.cjs:1\nexports\.a = ;/, 'SyntaxError'] },
  { specifier: 'syntax.ts', child: true, says: [/syntax\.ts:1:25/] },
  {
    specifier: 'typescript/throws',
    child: true,
    says: ['cannot load digits', /at load .*throws\.ts:6/, /throws\.ts:9/],
  },
  { specifier: 'typescript-commonjs/awaits', child: true, says: ['name the file .mts'] },
  {
    specifier: 'typescript-commonjs/missing-package',
    child: true,
    says: ['imports the package no-such-package'],
  },
]

describe('an app that can serve', () => {
  for (const { kind, body, status = 200, hooks = [], ...app } of served) {
    test(title(app), async () => {
      assert.deepEqual(await load(app), { kind, hooks, status, body })
    })
  }
})

describe('a wrong app specifier', () => {
  for (const app of wrongSpecifiers) refuses(app, 'NWORKERS_E_SPECIFIER', 4)
})

describe('an app that fails while loading', () => {
  for (const app of bootFailures) refuses({ ...app, never: [OWN_FRAME] }, 'NWORKERS_E_BOOT', 3)
})

test('an app is not run again to find a syntax error', async () => {
  const outcome = await outcomeOf('syntax-later', folder)
  assert.ok('message' in outcome && outcome.message.includes('SyntaxError'))
  assert.equal(await readFile(join(folder, 'runs'), 'utf8'), 'run')
})

test('the TypeScript loader is loaded for TypeScript only', async () => {
  const program = `
    import { createRequire } from 'node:module'
    const { loadApp } = await import(${JSON.stringify(new URL('../../src/app/load.js', import.meta.url).href)})
    await loadApp(process.argv[1], { chdir: ${JSON.stringify(folder)} })
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    process.stdout.write(String(loaded.some((file) => file.includes('esbuild'))), () => process.exit())
  `
  const loadsCompiler = async (app: string) => {
    const parameters = ['--input-type=module', '--eval', program, app]
    return (await run(process.execPath, parameters, { timeout: CHILD_DEADLINE_MS })).stdout
  }
  assert.equal(await loadsCompiler('plain.js'), 'false')
  assert.equal(await loadsCompiler('typescript/handler.ts'), 'true')
})

function refuses({ says, never = [], ...app }: RefusedCase, code: string, exitCode: number): void {
  test(title(app), async () => {
    const outcome = await load(app)
    if (!('code' in outcome)) assert.fail(`It was served: ${JSON.stringify(outcome)}`)
    const { message } = outcome
    assert.deepEqual({ code: outcome.code, exitCode: outcome.exitCode }, { code, exitCode }, message)
    for (const part of says) assert.ok(includes(message, part), `Not said: ${part}\nin: ${message}`)
    for (const part of never) assert.ok(!includes(message, part), `Said: ${part}\nin: ${message}`)
  })
}

function includes(message: string, part: string | RegExp): boolean {
  return typeof part === 'string' ? message.includes(part) : part.test(message)
}

function title({ specifier, chdir, path }: Case): string {
  return [`"${specifier}"`, chdir && `from ${chdir}`, path && `asked for ${path}`].filter(Boolean).join(' ')
}
