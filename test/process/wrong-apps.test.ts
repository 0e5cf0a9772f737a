import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { freePort } from './harness/script.js'
import { runServer } from './harness/server.js'
import { wrongApps } from './wrong-apps.js'

/** Those of a stack and of what the arbiter says of the worker are among them. */
const mostLines = 30

describe('an app that can not be served: its sentence, its exit code, no flood', { concurrency: 3 }, () => {
  for (const { what, files, app = 'app', args = [], withoutBind = false, code, says } of wrongApps) {
    test(what, async (t) => {
      const { folder } = temporaryFolder(t, await withPorts(t, files))
      const end = await runServer(t, {
        app,
        cwd: folder,
        withoutBind,
        args: ['-w', '2', ...args],
        deadline: 20_000,
      })
      assert.match(end.log, says)
      assert.deepEqual({ code: end.code, signal: end.signal }, { code, signal: null })
      const lines = end.log.trim().split('\n').length
      assert.ok(lines <= mostLines, `${lines} lines are a flood`)
    })
  }
})

/** The sources, with real ports where they name them. */
async function withPorts(t: TestContext, files: Record<string, string>): Promise<Record<string, string>> {
  const isNamed = (name: string) => Object.values(files).some((source) => source.includes(name))
  const ports: Record<string, number> = {}
  if (isNamed('FREE')) ports.FREE = await freePort()
  if (isNamed('TAKEN')) ports.TAKEN = await takenPort(t)
  const replaced = (source: string) =>
    source.replaceAll(/\b(?:FREE|TAKEN)\b/g, (name) => String(ports[name] ?? name))
  return Object.fromEntries(Object.entries(files).map(([name, source]) => [name, replaced(source)]))
}

async function takenPort(t: TestContext): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const address = holder.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
