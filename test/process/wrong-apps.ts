/** An app that can't be served: what is wrong with it, and what has to be said. */
export interface WrongApp {
  what: string
  files: Record<string, string>
  /** As on the command line; `app` if it is not given. */
  app?: string
  args?: readonly string[]
  /** The address is the app's own. */
  withoutBind?: true
  code: 1 | 3 | 4
  says: RegExp
}

/** Those whose code throws, rejects, waits or ends while it is loaded. */
const failing: readonly WrongApp[] = [
  {
    what: 'throws an error at import',
    files: { 'app.mjs': 'throw new Error("no database")' },
    code: 3,
    says: /app\.mjs threw while loading\.\n(?:.*\n)?Error: no database/,
  },
  {
    what: 'throws a string at import',
    files: { 'app.mjs': 'throw "no database"' },
    code: 3,
    says: /threw while loading\.\n.*no database/,
  },
  {
    what: 'throws nothing at import',
    files: { 'app.mjs': 'throw undefined' },
    code: 3,
    says: /threw while loading\.\n.*undefined/,
  },
  {
    what: 'throws an error whose stack throws',
    files: { 'app.mjs': 'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1 } })' },
    code: 3,
    says: /The app failed while it started/,
  },
  {
    what: 'rejects at import',
    files: { 'app.mjs': 'await Promise.reject(new Error("no network"))' },
    code: 3,
    says: /threw while loading\.\n(?:.*\n)?Error: no network/,
  },
  {
    what: 'leaves a rejection to nobody at import',
    files: {
      'app.mjs': `Promise.reject(new Error("nobody's"))\nawait new Promise((done) => setTimeout(done, 60_000))`,
    },
    code: 3,
    says: /Error: nobody's/,
  },
  {
    what: 'waits at import for what never comes',
    files: { 'app.mjs': 'await new Promise((done) => setTimeout(done, 600_000))' },
    args: ['--boot-timeout', '1'],
    code: 3,
    says: /not ready within the boot timeout of 1 s.*--boot-timeout/,
  },
  {
    what: 'waits at import for what nothing can bring',
    files: { 'app.mjs': 'await new Promise(() => {})' },
    args: ['--boot-timeout', '1'],
    code: 3,
    says: /not ready within the boot timeout of 1 s.*--boot-timeout/,
  },
  {
    what: 'blocks the loop at import',
    files: { 'app.mjs': 'for (;;);' },
    args: ['--boot-timeout', '1'],
    code: 3,
    says: /--boot-timeout/,
  },
  {
    what: 'calls process.exit(0) at import',
    files: { 'app.mjs': 'process.exit(0)' },
    code: 3,
    says: /process\.exit\(0\) before it was ready.*\n.*app\.mjs:1/,
  },
  {
    what: 'calls process.exit(7) at import',
    files: { 'app.mjs': '\nprocess.exit(7)' },
    code: 3,
    says: /process\.exit\(7\) before it was ready.*\n.*app\.mjs:2/,
  },
  {
    what: 'calls process.exit in its factory',
    files: { 'app.mjs': 'export const make = () => process.exit(0)' },
    app: 'app:make()',
    code: 3,
    says: /process\.exit\(0\) before it was ready/,
  },
  {
    what: 'aborts at import',
    files: { 'app.mjs': 'process.abort()' },
    code: 3,
    says: /SIGABRT/,
  },
  {
    what: 'kills itself at import',
    files: {
      'app.mjs':
        'process.kill(process.pid, "SIGKILL"); await new Promise((done) => setTimeout(done, 600_000))',
    },
    code: 3,
    says: /SIGKILL/,
  },
  {
    what: 'calls itself without end at import',
    files: { 'app.mjs': 'const again = () => again() + 1\nagain()' },
    code: 3,
    says: /RangeError: Maximum call stack size exceeded/,
  },
  {
    what: 'fills its heap at import',
    files: { 'app.mjs': 'const all = []\nfor (;;) all.push(new Array(1000).fill(1))' },
    args: ['--node-option=--max-old-space-size=20'],
    code: 3,
    says: /no room left in its JavaScript heap/,
  },
]

/** Those that can't be loaded as they are written. */
const unloadable: readonly WrongApp[] = [
  {
    what: 'a syntax error in an ES module',
    files: { 'app.mjs': '\nexport default (' },
    code: 3,
    says: /app\.mjs:2\b(?:.*\n)*.*SyntaxError/,
  },
  {
    what: 'a syntax error in CommonJS',
    files: { 'app.cjs': '\nmodule.exports = (' },
    code: 3,
    says: /app\.cjs:\d(?:.*\n)*.*SyntaxError/,
  },
  {
    what: 'a syntax error in TypeScript',
    files: { 'app.ts': 'export const app: = 1' },
    code: 3,
    says: /app\.ts:1/,
  },
  {
    what: 'a syntax error in JSON that it imports',
    files: { 'app.cjs': 'require("./data.json")', 'data.json': '{' },
    code: 3,
    says: /data\.json/,
  },
  {
    what: 'a package.json that is none',
    files: { 'app.js': 'export default 1', 'package.json': '{' },
    code: 3,
    says: /package\.json/,
  },
  {
    what: 'an unknown type of file',
    files: { 'app.txt': 'hello' },
    app: 'app.txt',
    code: 4,
    says: /app\.txt/,
  },
  {
    what: 'a package that is not installed',
    files: { 'app.mjs': 'import "no-such-package"' },
    code: 3,
    says: /no-such-package.*npm install/,
  },
  {
    what: 'a package that is not installed, in CommonJS',
    files: { 'app.cjs': 'require("@scope/no-such-package")' },
    code: 3,
    says: /@scope\/no-such-package.*npm install/,
  },
  {
    what: 'an import of a file that is not there',
    files: { 'app.mjs': 'import "./routes.mjs"' },
    code: 3,
    says: /routes\.mjs, which does not exist/,
  },
  {
    what: 'an import of a name that is not exported',
    files: { 'app.mjs': 'import { routes } from "./routes.mjs"', 'routes.mjs': 'export const route = 1' },
    code: 3,
    says: /routes\.mjs.*routes/,
  },
  {
    what: 'require in an ES module',
    files: { 'app.mjs': 'const http = require("node:http")' },
    code: 3,
    says: /name it \.cjs/,
  },
  {
    what: 'module.exports in an ES module',
    files: { 'app.js': 'module.exports = () => {}', 'package.json': '{ "type": "module" }' },
    code: 3,
    says: /name it \.cjs/,
  },
  {
    what: 'import in CommonJS',
    files: { 'app.cjs': 'import http from "node:http"' },
    code: 3,
    says: /name it \.mjs/,
  },
  {
    what: 'export in CommonJS',
    files: { 'app.cjs': 'export const app = () => {}' },
    code: 3,
    says: /name it \.mjs/,
  },
  {
    what: 'modules that import each other before either is complete',
    files: {
      'app.mjs': 'import { route } from "./routes.mjs"\nexport const prefix = "/"\nexport const app = route',
      'routes.mjs': 'import { prefix } from "./app.mjs"\nexport const route = prefix + "items"',
    },
    code: 3,
    says: /in a circle/,
  },
  {
    what: 'CommonJS modules that require each other before either is complete',
    files: {
      'app.cjs': 'const { route } = require("./routes.cjs")\nexports.prefix = () => "/"\nexports.app = route',
      'routes.cjs': 'const { prefix } = require("./app.cjs")\nexports.route = prefix()',
    },
    code: 3,
    says: /TypeError: prefix is not a function(?:.*\n)*.*routes\.cjs:2/,
  },
]

/** Those that are loaded and are no app. */
const noApps: readonly WrongApp[] = [
  { what: 'a file that is not there', files: {}, app: './nothing-here.mjs', code: 4, says: /nothing-here/ },
  { what: 'a module that is not there', files: {}, app: 'nothing-here', code: 4, says: /nothing-here/ },
  {
    what: 'a folder without a main file',
    files: { 'folder/readme.txt': '' },
    app: './folder',
    code: 4,
    says: /folder/,
  },
  { what: 'nothing is exported', files: { 'app.mjs': '' }, code: 4, says: /exports nothing/ },
  { what: 'nothing is exported, in CommonJS', files: { 'app.cjs': '' }, code: 4, says: /exports nothing/ },
  {
    what: 'another name is exported',
    files: { 'app.mjs': 'export const application = () => {}' },
    app: 'app:aplication',
    code: 4,
    says: /Did you mean.*application/,
  },
  {
    what: 'several functions and no default',
    files: { 'app.mjs': 'export const one = () => {}\nexport const two = () => {}' },
    code: 4,
    says: /one.*two/,
  },
  {
    what: 'a path that ends nowhere',
    files: { 'app.mjs': 'export const a = { b: 1 }' },
    app: 'app:a.c',
    code: 4,
    says: /a\.c|c/,
  },
  { what: 'a string', files: { 'app.mjs': 'export default "hello"' }, code: 4, says: /string/ },
  { what: 'a number', files: { 'app.mjs': 'export default 8000' }, code: 4, says: /number/ },
  { what: 'null', files: { 'app.mjs': 'export default null' }, code: 4, says: /null/ },
  { what: 'an empty object', files: { 'app.mjs': 'export default {}' }, code: 4, says: /object/ },
  { what: 'an array', files: { 'app.mjs': 'export default []' }, code: 4, says: /array/ },
  {
    what: 'a promise of a string',
    files: { 'app.mjs': 'export default Promise.resolve("hello")' },
    code: 4,
    says: /string/,
  },
  {
    what: 'a class',
    files: { 'app.mjs': 'export default class Server { listen() {} }' },
    code: 4,
    says: /class/,
  },
  {
    what: 'a function of three words',
    files: { 'app.mjs': 'export default () => {}' },
    app: 'app:default(',
    code: 4,
    says: /app:default\(/,
  },
  {
    what: 'a factory that returns nothing',
    files: { 'app.mjs': 'export const make = () => {}' },
    app: 'app:make()',
    code: 4,
    says: /make\(\).*undefined/,
  },
  {
    what: 'a factory that throws',
    files: { 'app.mjs': 'export const make = () => { throw new Error("no secret") }' },
    app: 'app:make()',
    code: 3,
    says: /The factory make of app failed\.\nError: no secret/,
  },
  {
    what: 'a factory that rejects',
    files: { 'app.mjs': 'export const make = async () => { throw new Error("no database") }' },
    app: 'app:make()',
    code: 3,
    says: /The factory make of app failed\.\nError: no database/,
  },
  {
    what: 'a factory that waits for ever',
    files: { 'app.mjs': 'export const make = () => new Promise((done) => setTimeout(done, 600_000))' },
    app: 'app:make()',
    args: ['--boot-timeout', '1'],
    code: 3,
    says: /--boot-timeout/,
  },
  {
    what: 'a factory that is none',
    files: { 'app.mjs': 'export const make = 1' },
    app: 'app:make()',
    code: 4,
    says: /make/,
  },
]

/** Those whose own servers can't be served. `TAKEN` is a port at which something else listens, `FREE` one that nobody has. */
const listening: readonly WrongApp[] = [
  {
    what: 'it listens twice at one address',
    files: {
      'app.mjs': `import http from 'node:http'
        for (const text of ['1', '2']) http.createServer((_, response) => response.end(text)).listen(FREE, '127.0.0.1')`,
    },
    withoutBind: true,
    code: 3,
    says: /Two servers of the app listen at one port/,
  },
  {
    what: 'it listens where something else does',
    files: {
      'app.mjs': `import http from 'node:http'\nhttp.createServer(() => {}).listen(TAKEN, '127.0.0.1')`,
    },
    withoutBind: true,
    code: 1,
    says: /127\.0\.0\.1:\d+ is already in use/,
  },
  {
    what: 'the address is given, and the server listens already',
    files: {
      'app.mjs': `import http from 'node:http'
        import { once } from 'node:events'
        const server = http.createServer((_, response) => response.end()).listen(0)
        await once(server, 'listening')
        export default server`,
    },
    code: 4,
    says: /already listening.*export the server without calling listen/,
  },
]

export const wrongApps: readonly WrongApp[] = [...failing, ...unloadable, ...noApps, ...listening]
