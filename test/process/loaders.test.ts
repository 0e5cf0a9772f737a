import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { request } from './harness/request.js'
import { runServer, startServer } from './harness/server.js'

const says = (expression: string) =>
  `export const app = (_, response) => response.end(String(${expression}))\n`

test('--require and --import run before the app, in their order; --node-option reaches the worker', async (t) => {
  const { folder } = temporaryFolder(t, {
    'first.cjs': 'globalThis.order = ["required"]',
    'second.mjs': 'globalThis.order.push("imported")',
    'app.mjs': says('[...globalThis.order, process.execArgv.includes("--enable-source-maps")]'),
  })
  const args = ['--require', './first.cjs', '--import', './second.mjs', '--node-option=--enable-source-maps']
  const server = await startServer(t, { app: 'app', cwd: folder, args })
  assert.equal((await request(server)).body, 'required,imported,true')
})

const refusals = [
  {
    what: 'a module that is not there',
    args: ['--import', './none.mjs'],
    code: 4,
    says: /No such module: \.\/none\.mjs/,
  },
  {
    what: 'a required module that throws',
    args: ['--require', './throws.cjs'],
    code: 3,
    says: /throws\.cjs of --require failed.*\n.*no key/,
  },
  {
    what: 'a flag that is none of Node',
    args: ['--node-option=--no-such-flag'],
    code: 3,
    says: /bad option: --no-such-flag/,
  },
  {
    what: 'a flag that would load code first',
    args: ['--node-option=--import=./a.mjs'],
    code: 2,
    says: /given by --import and --require/,
  },
]
for (const { what, args, code, says: words } of refusals) {
  test(`${what} is refused with exit code ${code}`, async (t) => {
    const { folder } = temporaryFolder(t, {
      'app.mjs': says('1'),
      'throws.cjs': 'throw new Error("no key")',
    })
    const { code: exitCode, log } = await runServer(t, { app: 'app', cwd: folder, args })
    assert.equal(exitCode, code, log)
    assert.match(log, words)
  })
}

test('started in a folder that is a symbolic link: a reload follows it to the new release, cwd included', async (t) => {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'process-test-')))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const link = path.join(root, 'current')
  for (const release of ['one', 'two']) {
    mkdirSync(path.join(root, release))
    writeFileSync(path.join(root, release, 'app.mjs'), says(`['${release}', process.cwd()]`))
  }
  symlinkSync('one', link)
  const server = await startServer(t, { app: 'app', cwd: link, env: { PWD: link }, args: ['-w', '2'] })
  assert.equal((await request(server)).body, `one,${root}/one`)
  symlinkSync('two', path.join(root, 'next'))
  renameSync(path.join(root, 'next'), link)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  await poll(async () => (await request(server)).body === `two,${root}/two`, {
    what: 'the new release serves',
  })
})

test("pnpm's layout: a package that is a symbolic link finds the dependencies that lie beside it", async (t) => {
  const { folder } = temporaryFolder(t)
  const store = path.join(folder, 'node_modules/.pnpm')
  const install = (place: string, files: Record<string, string>) => {
    mkdirSync(path.join(store, place), { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(store, place, name), text)
  }
  const manifest = (type: string) => JSON.stringify({ type, exports: './app.js' })
  install('word@1.0.0/node_modules/word', {
    'package.json': manifest('commonjs'),
    'app.js': 'exports.word = "beside"',
  })
  const apps = [
    [
      'modern',
      'module',
      "import { word } from 'word'; export const app = (_, response) => response.end(word)",
    ],
    [
      'classic',
      'commonjs',
      "const { word } = require('word'); exports.app = (_, response) => response.end(word)",
    ],
  ] as const
  for (const [name, type, source] of apps) {
    const packages = path.join(`${name}@1.0.0`, 'node_modules')
    install(path.join(packages, name), { 'package.json': manifest(type), 'app.js': source })
    symlinkSync('../../word@1.0.0/node_modules/word', path.join(store, packages, 'word'))
    symlinkSync(path.join('.pnpm', packages, name), path.join(folder, 'node_modules', name))
    const server = await startServer(t, { app: `${name}:app`, cwd: folder })
    assert.equal((await request(server)).body, 'beside')
  }
})

test('TypeScript with the tsconfig of its own folder: paths, decorators, enums and JSX', async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'process-test-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(path.join(root, 'service/lib'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(path.join(root, 'service', name), text)
  const compilerOptions = {
    experimentalDecorators: true,
    jsx: 'react',
    jsxFactory: 'h',
    paths: { '~/*': ['./lib/*'] },
  }
  write('tsconfig.json', JSON.stringify({ compilerOptions }))
  write('package.json', '{ "type": "module" }')
  write('lib/word.ts', 'export enum Word { Hello = "hello" }')
  write(
    'app.tsx',
    `import { Word } from '~/word'
     const h = (tag: string) => tag
     const mark = (target: Function) => void Reflect.set(target, 'marked', true)
     @mark class Marked {}
     export const app = (_: unknown, response: { end(text: string): void }) =>
       response.end([Word.Hello, Reflect.get(Marked, 'marked'), <br />].join())`,
  )
  const server = await startServer(t, { app: 'service/app', cwd: root })
  assert.equal((await request(server)).body, 'hello,true,br')
})

test('a tsconfig that wants metadata of types, which tsx does not emit: told once, with the way out', async (t) => {
  const { folder } = temporaryFolder(t, {
    'tsconfig.json':
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
    'app.mts': says('1'),
    'swc-register.mjs': '',
    'other.mjs': '',
    'app.mjs': says('1'),
  })
  const told = async (app: string, args: string[]) => {
    const server = await startServer(t, { app, cwd: folder, args: ['-w', '2', ...args] })
    return [...server.log().matchAll(/\[WARNING\].* emitDecoratorMetadata, .*--import @swc-node\/register/g)]
      .length
  }
  assert.equal(await told('app.mts', []), 1)
  assert.equal(await told('app.mts', ['--import', './other.mjs']), 1)
  assert.equal(await told('app.mjs', []), 0, 'no TypeScript')
})

test("a loader of the user's own is left alone with TypeScript, and nothing is said of metadata", async (t) => {
  const { folder } = temporaryFolder(t, {
    'tsconfig.json':
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
    'app.mts': 'export const app: Function = (_: unknown, response: any) => response.end("never compiled")',
    'swc-register.mjs': `import { register } from 'node:module'
      register('./swc-hooks.mjs', import.meta.url)`,
    'swc-hooks.mjs': `export const load = (url, context, next) => url.endsWith('.mts')
      ? { format: 'module', source: 'export const app = (_, response) => response.end("theirs")', shortCircuit: true }
      : next(url, context)`,
    'swc-nothing.mjs': '',
  })
  const server = await startServer(t, {
    app: 'app.mts',
    cwd: folder,
    args: ['--import', './swc-register.mjs'],
  })
  assert.equal((await request(server)).body, 'theirs')
  assert.doesNotMatch(server.log(), /emitDecoratorMetadata/)
})

test("decorators of TC39 and TypeScript's own experimental ones, each as its tsconfig says", async (t) => {
  const decorate = `const add = (text: string) => (method: any, context: any) =>
      typeof context === 'object'
        ? function (this: unknown) { return method.call(this) + text + context.kind }
        : undefined
    class Word { @add('-tc39-') say() { return 'word' } }
    export const app = (_: unknown, response: { end(text: string): void }) => response.end(new Word().say())`
  const experimental = `const add = (text: string) => (_: object, name: string, property: PropertyDescriptor) => {
      const method = property.value
      property.value = function () { return method.call(this) + text + name }
    }
    class Word { @add('-experimental-') say() { return 'word' } }
    export const app = (_: unknown, response: { end(text: string): void }) => response.end(new Word().say())`
  for (const [source, options, answer] of [
    [decorate, '{}', 'word-tc39-method'],
    [experimental, '{ "experimentalDecorators": true }', 'word-experimental-say'],
  ] as const) {
    const { folder } = temporaryFolder(t, {
      'tsconfig.json': `{ "compilerOptions": ${options} }`,
      'app.mts': source,
    })
    const server = await startServer(t, { app: 'app.mts', cwd: folder })
    assert.equal((await request(server)).body, answer)
  }
})

test("an installed package that has the name of one of Node's modules is found", async (t) => {
  const { folder } = temporaryFolder(t)
  for (const name of ['events', 'punycode']) {
    const place = path.join(folder, 'node_modules', name)
    mkdirSync(place, { recursive: true })
    writeFileSync(path.join(place, 'package.json'), '{ "main": "app.js" }')
    writeFileSync(path.join(place, 'app.js'), `exports.app = (_, response) => response.end('${name}')`)
    const server = await startServer(t, { app: `${name}:app`, cwd: folder })
    assert.equal((await request(server)).body, name)
  }
})
