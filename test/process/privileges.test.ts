import assert from 'node:assert/strict'
import { chmodSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { type Answer, request } from './harness/request.js'
import { ended, runServer, type ServerOptions, startServer } from './harness/server.js'
import { asUser, cannotBecomeUsers } from './harness/unprivileged.js'

const skip = cannotBecomeUsers()

/** The numbers of a line of `/proc/PID/status`, such as real, effective, saved and file system uid. */
function ids(pid: number, name: 'Uid' | 'Gid' | 'Groups'): number[] {
  const line = new RegExp(`^${name}:(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
  return line.trim().split(/\s+/).filter(Boolean).map(Number)
}

/** The ids of an account of this machine. */
function account(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

const source = `import { readFileSync, writeFileSync, statSync } from 'node:fs'
const secret = new URL('secret', import.meta.url)
const read = () => { try { return readFileSync(secret, 'utf8') } catch (error) { return error.code } }
const atImport = read()
export const app = (request, response) => {
  const { pathname } = new URL(request.url, 'http://app')
  if (pathname === '/secret') return response.end(atImport + ' ' + read())
  writeFileSync(process.env.MADE, '')
  response.end((statSync(process.env.MADE).mode & 0o777).toString(8))
}`

/** An app that others may read beside a file that only root may, and a folder where everybody may write. */
function openApp(t: TestContext): { app: string; made: string; path: (name: string) => string } {
  const { folder, path } = temporaryFolder(t, { 'app.mjs': source, secret: 'the key of root' })
  chmodSync(folder, 0o777)
  chmodSync(path('app.mjs'), 0o644)
  chmodSync(path('secret'), 0o600)
  return { app: path('app.mjs'), made: path('made'), path }
}

const four = (id: number) => [id, id, id, id]

test('-u: workers are that user with the primary group alone before they read the app, the arbiter stays root', {
  skip,
}, async (t) => {
  const { app } = openApp(t)
  const nobody = account('nobody')
  const server = await startServer(t, { app, args: ['-w', '2', '-u', 'nobody'] })
  const workers = server.workers()
  assert.equal(workers.length, 2)
  for (const { pid } of workers) {
    assert.deepEqual(ids(pid, 'Uid'), four(nobody.uid))
    assert.deepEqual(ids(pid, 'Gid'), four(nobody.gid))
    assert.deepEqual(ids(pid, 'Groups'), [nobody.gid])
  }
  assert.deepEqual(ids(server.pid, 'Uid'), four(0))
  assert.equal((await request(server, '/secret')).body, 'EACCES EACCES')

  // A worker of a reload is nobody too, and the arbiter can still make it.
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  await poll(() => server.workers().length === 2, { what: 'the old workers have left' })
  for (const { pid } of server.workers()) assert.deepEqual(ids(pid, 'Uid'), four(nobody.uid))
})

test('without -u workers are who the arbiter is', { skip }, async (t) => {
  const { app } = openApp(t)
  const server = await startServer(t, { app })
  assert.equal((await request(server, '/secret')).body, 'the key of root the key of root')
})

test('-g and -m: the group is taken, files are made with the mask, a privileged port is bound', {
  skip,
}, async (t) => {
  const { app, made } = openApp(t)
  const daemon = account('daemon')
  const options: ServerOptions = {
    app,
    args: ['-u', 'nobody', '-g', 'daemon', '-m', '027', '-e', `MADE=${made}`],
  }
  const server = await startOnPrivilegedPort(t, options)
  assert.ok(server.port < 1024)
  const [worker] = server.workers()
  assert.deepEqual(ids(worker?.pid ?? 0, 'Gid'), four(daemon.gid))
  assert.deepEqual(ids(worker?.pid ?? 0, 'Groups'), [daemon.gid])
  assert.equal((await request(server, '/make')).body, '640')
  assert.equal(statSync(made).uid, account('nobody').uid)
})

/** The first of some ports below 1024 that nobody uses. */
async function startOnPrivilegedPort(t: TestContext, options: ServerOptions) {
  for (const port of [80, 81, 591, 832, 981]) {
    const bind = ['-b', `127.0.0.1:${port}`]
    const taken = await request({ port }).then(
      () => true,
      () => false,
    )
    if (!taken) return await startServer(t, { ...options, args: [...bind, ...(options.args ?? [])] })
  }
  throw new Error('Every port that was tried is in use')
}

test('--initgroups: workers have the supplementary groups of the user', { skip }, async (t) => {
  const { app } = openApp(t)
  const server = await startServer(t, { app, args: ['-u', 'nobody', '--initgroups'] })
  const [worker] = server.workers()
  const groups = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, , , members]) => members?.split(',').includes('nobody'))
    .map(([, , gid]) => Number(gid))
  const expected = [...new Set([account('nobody').gid, ...groups])].sort((a, b) => a - b)
  assert.deepEqual(
    ids(worker?.pid ?? 0, 'Groups').sort((a, b) => a - b),
    expected,
  )
})

test('a unix socket belongs to the user and has the mask’s mode, the pidfile stays root’s, both go at the end', {
  skip,
}, async (t) => {
  const { app, path } = openApp(t)
  const nobody = account('nobody')
  const args = ['-b', `unix:${path('app.sock')}`, '-p', path('app.pid'), '-u', 'nobody', '-m', '007']
  const server = await startServer(t, { app, args })
  const socket = statSync(path('app.sock'))
  assert.deepEqual([socket.uid, socket.gid], [nobody.uid, nobody.gid])
  assert.equal((socket.mode & 0o777).toString(8), '770')
  assert.equal(statSync(path('app.pid')).uid, 0)
  const answer: Answer = await request({ port: 0, socketPath: path('app.sock') }, '/secret')
  assert.equal(answer.body, 'EACCES EACCES')
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.throws(() => statSync(path('app.sock')))
  assert.throws(() => statSync(path('app.pid')))
})

test('who is not root gets a sentence and exit code 2', { skip: asUser(65534).skip }, async (t) => {
  const { app } = openApp(t)
  const { prefix } = asUser(65534)
  for (const args of [
    ['-u', 'daemon'],
    ['-g', 'daemon'],
  ]) {
    const { code, log } = await runServer(t, { app, args, prefix })
    assert.equal(code, 2)
    assert.match(
      log,
      /--(user|group) needs root, and nworkers runs as uid 65534\. Start it as root, or leave/,
    )
    assert.doesNotMatch(log, /^\s+at /m)
  }
})

test('who is that user already may say so', { skip: asUser(65534).skip }, async (t) => {
  const { app } = openApp(t)
  const server = await startServer(t, { app, args: ['-u', '65534'], prefix: asUser(65534).prefix })
  assert.equal((await request(server, '/secret')).body, 'EACCES EACCES')
})

test('an unknown user, an unknown group and --initgroups without a user are exit code 2', async (t) => {
  const cases = [
    { args: ['-u', 'nosuchuser'], says: /--user.*nosuchuser.*user of this machine/ },
    { args: ['-g', 'nosuchgroup'], says: /--group.*nosuchgroup.*group of this machine/ },
    { args: ['--initgroups'], says: /--initgroups .* needs --user/ },
  ]
  for (const { args, says } of cases) {
    const { code, log } = await runServer(t, { args })
    assert.equal(code, 2)
    assert.match(log, says)
  }
})

test('-m alone needs no root', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  const server = await startServer(t, {
    app: path('app.mjs'),
    args: ['-m', '077', '-e', `MADE=${path('made')}`],
  })
  assert.equal((await request(server, '/make')).body, '600')
})

test('the access log is made for the user, who opens it and goes on in a new one; a link in its place is not given away', {
  skip,
}, async (t) => {
  const { app, path } = openApp(t)
  // As /var/log/app: workers may look into it and not write.
  chmodSync(path('.'), 0o755)
  const nobody = account('nobody')
  const file = path('access.log')
  const server = await startServer(t, { app, args: ['-u', 'nobody', '--access-logfile', file] })
  assert.deepEqual([statSync(file).uid, statSync(file).gid], [nobody.uid, nobody.gid])
  await request(server, '/secret')
  renameSync(file, path('access.log.1'))
  server.signal('SIGUSR1')
  await poll(() => statSync(file).uid === nobody.uid, { what: 'a new file is there' })
  await poll(
    async () => {
      await request(server, '/secret')
      return readFileSync(file, 'utf8').includes('GET /secret')
    },
    { what: 'lines are in the new file' },
  )
  server.signal('SIGTERM')
  await ended(server)

  symlinkSync(path('secret'), path('link.log'))
  const refused = await runServer(t, { app, args: ['-u', 'nobody', '--access-logfile', path('link.log')] })
  assert.equal(refused.code, 1)
  assert.match(refused.log, /Log file .*link\.log can't be opened: the user of the workers may not write it/)
  assert.equal(statSync(path('secret')).uid, 0)
})
