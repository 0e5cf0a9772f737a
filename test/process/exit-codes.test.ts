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

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  for (const workers of [1, 4]) {
    test(`${signal} ends it with exit code 0 with -w ${workers}`, async (t) => {
      const server = await startServer(t, { args: ['-w', String(workers)] })
      server.signal(signal)
      assert.deepEqual(await ended(server), { code: 0, signal: null })
    })
  }
}
