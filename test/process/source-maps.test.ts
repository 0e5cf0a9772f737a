import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { request } from './harness/request.js'
import { runServer, startServer } from './harness/server.js'

const sources = {
  'app.ts': `import { fail } from './fail.js'
    interface Response { end(text: string): void }
    export const app = (_: unknown, _response: Response): void => fail('while answering')`,
  // Without its types, all of it is in other lines.
  'fail.ts': `interface Reason {
      text: string
    }

    export function fail(text: Reason['text']): never {
      throw new Error(text)
    }`,
  'early.ts': `import { fail } from './fail.js'
    fail('while loading')`,
  'package.json': '{}',
}
const place = /fail\.ts:6:13\b/

/** The sources, compiled by the real compiler into the folder `dist`. */
function compile(t: TestContext, { module, map }: { module: string; map: string }): string {
  const { folder } = temporaryFolder(t, sources)
  const compiler = path.join(projectFolder, 'node_modules/typescript/bin/tsc')
  const files = ['app.ts', 'early.ts'].map((name) => path.join(folder, name))
  const flags = ['--ignoreConfig', '--module', module, '--target', 'es2022', '--outDir', 'dist', map]
  const options = { cwd: folder, encoding: 'utf8' } as const
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags, ...files], options)
  assert.equal(status, 0, stdout)
  return path.join(folder, 'dist')
}

const builds = [
  { module: 'esnext', map: '--sourceMap' },
  { module: 'commonjs', map: '--inlineSourceMap' },
]
for (const build of builds) {
  test(`${build.module} with ${build.map}: logged stacks name file and line of the source`, async (t) => {
    const cwd = compile(t, build)
    const server = await startServer(t, { app: 'app', cwd })
    assert.equal((await request(server)).status, 500)
    await server.waitForLog(place)
    const { code, log } = await runServer(t, { app: 'early', cwd })
    assert.equal(code, 3)
    assert.match(log, place)
  })
}

test('--no-enable-source-maps leaves stacks as they are', async (t) => {
  const cwd = compile(t, { module: 'esnext', map: '--sourceMap' })
  const args = ['--node-option=--no-enable-source-maps']
  const { log } = await runServer(t, { app: 'early', cwd, args })
  assert.match(log, /fail\.js:\d+/)
  assert.doesNotMatch(log, /fail\.ts/)
})
