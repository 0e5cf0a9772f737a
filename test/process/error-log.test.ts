import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { request, type Target } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'

/** A server that logs to a file, once it is ready, and that file. */
async function startLogging(
  t: TestContext,
  args: string[] = [],
): Promise<{ server: Server; target: Target; path: (name: string) => string; log: () => string }> {
  const { path } = temporaryFolder(t)
  const log = () => readFileSync(path('error.log'), 'utf8')
  const server = await startServer(t, {
    args: ['--error-logfile', path('error.log'), ...args],
    waitForReady: false,
  })
  await poll(() => log().includes('Ready: generation 1'), { what: 'the file says that it is ready' })
  const target = { port: Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(log())?.[1]) }
  return { server, target, path, log }
}

test('--error-logfile: the log and the stderr of workers go there, nothing to stderr; USR1 opens it anew', async (t) => {
  const { server, target, path, log } = await startLogging(t)
  await request(target, '/stderr?text=said%0A')
  await poll(() => log().includes('said\n'), { what: 'what a worker says is in the file' })
  renameSync(path('error.log'), path('error.log.1'))
  server.signal('SIGUSR1')
  await poll(() => existsSync(path('error.log')), { what: 'the file is made anew' })
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.match(log(), /Shutting down: arbiter/)
  assert.match(readFileSync(path('error.log.1'), 'utf8'), /Handling signal: usr1/)
  assert.equal(server.log(), '')
})

test('--log-format json: every line of the arbiter and of workers is an object', async (t) => {
  const { server, target, log } = await startLogging(t, ['--log-format', 'json', '-w', '2'])
  await request(target, '/throw').catch(() => {})
  await poll(() => log().includes('exited: crash'), { what: 'the worker has ended' })
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  const entries = log()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const entry of entries) assert.deepEqual(Object.keys(entry), ['time', 'level', 'pid', 'message'])
  const uncaught = entries.find(({ message }) => message.startsWith('Uncaught exception'))
  assert.match(uncaught.message, /thrown on request\n {4}at /)
  assert.equal(uncaught.level, 'error')
})

test('HUP: a new level and a new file of the log hold at once', async (t) => {
  const { path, deploy } = temporaryFolder(t)
  const config = (file: string, logLevel: string) =>
    deploy('nworkers.config.json', JSON.stringify({ errorLogfile: path(file), logLevel }))
  const log = (file: string) => (existsSync(path(file)) ? readFileSync(path(file), 'utf8') : '')
  config('first.log', 'info')
  const server = await startServer(t, {
    args: ['-c', path('nworkers.config.json')],
    waitForReady: false,
  })
  await poll(() => log('first.log').includes('Ready: generation 1'), { what: 'the first file is written' })
  config('second.log', 'debug')
  server.signal('SIGHUP')
  await poll(() => log('second.log').includes('Ready: generation 2'), { what: 'the second file is written' })
  assert.match(log('first.log'), /Handling signal: hup/)
  assert.doesNotMatch(log('first.log'), /generation 2|\[DEBUG\]/)
  config('third.log', 'error')
  server.signal('SIGHUP')
  await poll(() => existsSync(path('third.log')), { what: 'the third file is opened' })
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.doesNotMatch(log('third.log'), /\[INFO\]|\[DEBUG\]/)
  assert.match(log('second.log'), /\[DEBUG\]/)
})
