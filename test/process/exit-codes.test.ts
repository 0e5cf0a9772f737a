import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { ended, runServer, startServer } from './harness/server.js'

// gunicorn 26 gave the right code in 0 of 40 runs with -w 4 or 8 and in 11 of 20 with -w 2: it printed the error once
// a worker and fell over its own second failure.
const runs = 5

const failures = [
  {
    what: 'an app that throws at import',
    files: { 'app.mjs': 'throw new Error("broken on purpose")' },
    app: 'app',
    code: 3,
    once: /Error: broken on purpose/g,
  },
  {
    what: 'an export that is not there',
    files: { 'app.mjs': 'export const application = () => {}' },
    app: 'app:aplication',
    code: 4,
    once: /Did you mean/g,
  },
] as const

for (const { what, files, app, code, once } of failures) {
  for (const workers of [1, 2, 4, 8]) {
    test(`${what}: exit code ${code} in each of ${runs} runs with -w ${workers}, told once`, async (t) => {
      const { folder } = temporaryFolder(t, files)
      for (let run = 0; run < runs; run++) {
        const end = await runServer(t, { app, args: ['-w', String(workers), '--chdir', folder] })
        assert.deepEqual({ code: end.code, signal: end.signal }, { code, signal: null }, `run ${run}`)
        assert.equal([...end.log.matchAll(once)].length, 1, 'the error is told once')
        assert.equal([...end.log.matchAll(/Booting worker/g)].length, 1, 'the first worker boots alone')
      }
    })
  }
}

const variants = [
  { what: 'a syntax error', source: 'export default (', app: 'app', code: 3 },
  { what: 'a missing dependency', source: 'import "no-such-package"', app: 'app', code: 3 },
  { what: 'an app that exits at import', source: 'process.exit(0)', app: 'app', code: 3 },
  {
    what: 'an async start that rejects',
    source: 'export const make = async () => { throw new Error("no database") }',
    app: 'app:make()',
    code: 3,
  },
  { what: 'a module that is not there', source: '', app: 'nothing-here', code: 4 },
  { what: 'a dotted path that ends nowhere', source: 'export const a = { b: 1 }', app: 'app:a.c', code: 4 },
] as const

for (const { what, source, app, code } of variants) {
  test(`${what}: exit code ${code} with -w 4`, async (t) => {
    const { folder } = temporaryFolder(t, { 'app.mjs': source })
    const end = await runServer(t, { app, args: ['-w', '4', '--chdir', folder] })
    assert.deepEqual({ code: end.code, signal: end.signal }, { code, signal: null })
    assert.match(end.log, /\[(ERROR|CRITICAL)\] /)
  })
}

test('an app that does not become ready in time: exit code 3, and the log says so', async (t) => {
  const { path } = temporaryFolder(t, {
    'app.mjs': 'await new Promise((resolve) => setTimeout(resolve, 600_000))',
  })
  const end = await runServer(t, { app: path('app.mjs'), args: ['-w', '2', '--boot-timeout', '1'] })
  assert.equal(end.code, 3)
  assert.match(end.log, /boot-timeout/)
})

test('an app that blocks its loop at import: exit code 3', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': 'for (;;);' })
  const end = await runServer(t, { app: path('app.mjs'), args: ['-w', '2', '--boot-timeout', '1'] })
  assert.equal(end.code, 3)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  for (const workers of [1, 4]) {
    test(`${signal} ends it with exit code 0 with -w ${workers}`, async (t) => {
      const server = await startServer(t, { args: ['-w', String(workers)] })
      server.signal(signal)
      assert.deepEqual(await ended(server), { code: 0, signal: null })
    })
  }
}
