import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { descriptorKinds } from './harness/descriptors.js'
import { request } from './harness/request.js'
import { startServer } from './harness/server.js'
import { asUser } from './harness/unprivileged.js'

const stranger = asUser(65534)

/** Tells what this process can do to the arbiter and its control socket. */
const intruder = `
import net from 'node:net'
const tried = (attempt) => { try { attempt(); return 'done' } catch (error) { return error.code } }
const connect = (path) => new Promise((resolve) => {
  const socket = net.connect(path, () => resolve('connected')).on('error', (error) => resolve(error.code))
})
export const app = async (_, response) => response.end(JSON.stringify({
  uid: process.getuid(),
  signal: tried(() => process.kill(process.ppid, 'SIGHUP')),
  root: tried(() => process.setuid(0)),
  control: await connect(process.env.CONTROL),
}))
`

test('the control socket is its owner’s alone: another user and a worker of another user are kept out', {
  skip: stranger.skip,
}, async (t) => {
  const { folder, path } = temporaryFolder(t, { 'app.mjs': intruder })
  chmodSync(folder, 0o755)
  const control = path('control.sock')
  const args = ['-u', 'nobody', '--control-socket', control, '-e', `CONTROL=${control}`]
  const server = await startServer(t, { app: 'app.mjs:app', cwd: folder, args })
  assert.equal(statSync(control).mode & 0o777, 0o600)
  const { body } = await request(server, '/')
  assert.deepEqual(JSON.parse(body), { uid: 65534, signal: 'EPERM', root: 'EPERM', control: 'EACCES' })
  writeFileSync(
    path('connect.mjs'),
    `import net from 'node:net'\nnet.connect(${JSON.stringify(control)}).on('connect', () => process.exit(0)).on('error', ({ code }) => { console.log(code); process.exit(1) })`,
  )
  const [setpriv = '', ...flags] = stranger.prefix
  const outside = spawnSync(setpriv, [...flags, process.execPath, path('connect.mjs')], { encoding: 'utf8' })
  assert.deepEqual([outside.status, outside.stdout.trim()], [1, 'EACCES'])
  assert.doesNotMatch(server.log(), /Handling signal: hup/)
})

test('a worker has its streams, its channel and the listening sockets of the arbiter, and nothing else of it', {
  skip: process.platform !== 'linux' && 'looks into /proc',
}, async (t) => {
  const { path } = temporaryFolder(t)
  const plain = await startServer(t)
  const args = ['--control-socket', path('control.sock'), '--admin', '0', '-p', path('pid')]
  const rich = await startServer(t, { args })
  const kinds = (server: typeof plain) => server.workers().map(({ pid }) => descriptorKinds(pid))
  assert.deepEqual(kinds(rich), kinds(plain))
  const counts = kinds(plain).map((own) => own.filter((kind) => kind === 'socket').length)
  // stdout and stderr of a test are sockets; the others are the channel and the listening socket.
  assert.ok(
    counts.every((count) => count <= 4),
    String(counts),
  )
})
