import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import { probeSource, type TemporaryFolder, temporaryFolder } from './harness/application.js'
import { startControlled } from './harness/control.js'
import { holdRequest } from './harness/held.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { childrenOf, isAlive, signalProcess } from './harness/processes.js'
import { type Identity, identify, RequestFailure, request } from './harness/request.js'
import { ended, type Server, serverNode, startServer } from './harness/server.js'
import { beginUpgrade, failedUpgrade, takenOver, upgrade } from './harness/upgrades.js'

const quick = ['--drain-linger', '1']

/** A module that is not loaded while the file `wait` is there. */
function gatedSource({ path }: TemporaryFolder, version = 'one'): string {
  const wait = `import { existsSync } from 'node:fs'
    while (existsSync(${JSON.stringify(path('wait'))})) await new Promise((resolve) => setTimeout(resolve, 20))`
  return probeSource(version, wait)
}

/** The server that answers is this arbiter's. */
async function servedBy(arbiter: number, ask: () => Promise<Identity>): Promise<void> {
  await poll(async () => childrenOf(arbiter).includes((await ask()).pid), {
    what: `a worker of arbiter ${arbiter} answers`,
  })
}

async function gone(server: Server): Promise<void> {
  await poll(() => server.processes().length === 0, { deadline: 30_000, what: 'all processes have ended' })
}

test('3 × USR2 under load, on tcp and unix, short and slow requests: 0 fail; pidfile and paths are the new one’s', async (t) => {
  const { path, folder } = temporaryFolder(t)
  const socketPath = path('app.sock')
  const pidfile = path('server.pid')
  const args = ['-w', '2', '-b', '127.0.0.1:0', '-b', `unix:${socketPath}`, '-p', pidfile, ...quick]
  const server = await startServer(t, { args })
  const { ino } = lstatSync(socketPath)
  const { port } = server
  const loads = [
    startLoad(t, { port }),
    startLoad(t, { port }, { keepAlive: 2, fresh: 2, duration: 700 }),
    startLoad(t, { port: 0, socketPath }, { keepAlive: 2, fresh: 2 }),
  ]
  let arbiter = server.pid
  for (let count = 0; count < 3; count++) {
    await loads[0]?.answers(50)
    arbiter = await upgrade(server, arbiter)
    assert.equal(readFileSync(pidfile, 'utf8'), `${arbiter}\n`)
    assert.equal(readFileSync(`${socketPath}.lock`, 'utf8').split(' ')[0], `${arbiter}`)
    await servedBy(arbiter, () => identify({ port }))
  }
  for (const load of loads) assertNoneFailed(await load.stop())
  assert.equal(lstatSync(socketPath).ino, ino)
  assert.deepEqual((await server.exit).code, 0)

  signalProcess(arbiter, 'SIGTERM')
  await gone(server)
  assert.deepEqual(readdirSync(folder), [])
})

test('what runs on an old worker is answered, and a kept connection lingers', async (t) => {
  const server = await startServer(t, { args: quick })
  const held = await holdRequest(t, server)
  const successor = await beginUpgrade(server)
  await takenOver(server, successor)
  await servedBy(successor, () => identify(server))
  assert.ok(isAlive(server.pid), 'the old arbiter waits for its worker')
  held.release()
  const answer = await held.answer
  if (answer instanceof RequestFailure) throw answer
  assert.equal(answer.body, 'released')
  await server.exit
})

test('the new arbiter reads code and config anew, is started by the Node found under the same name, and serves new addresses', async (t) => {
  const files = temporaryFolder(t, { 'app.mjs': probeSource('one') })
  const { path, deploy } = files
  symlinkSync(serverNode, path('node'))
  deploy(
    'nworkers.config.json',
    JSON.stringify({ workers: 1, bind: ['127.0.0.1:0', `unix:${path('old.sock')}`] }),
  )
  const options = { node: path('node'), cwd: files.folder, app: 'app.mjs', args: quick, withoutBind: true }
  const server = await startServer(t, options)
  const { port } = server
  const old = { port: 0, socketPath: path('old.sock') }
  assert.equal((await identify(old)).version, 'one')

  deploy('app.mjs', probeSource('two'))
  deploy(
    'nworkers.config.json',
    JSON.stringify({ workers: 2, bind: [`unix:${path('new.sock')}`, '127.0.0.1:0'] }),
  )
  deploy('next', `#!/bin/sh\nexport FOUND=anew\nexec ${serverNode} "$@"\n`)
  chmodSync(path('next'), 0o755)
  renameSync(path('next'), path('node'))
  const arbiter = await upgrade(server)
  const identity = await identify({ port })
  assert.deepEqual([identity.version, identity.count], ['two', '2'])
  assert.equal((await request({ port }, '/env?name=FOUND')).body, '"anew"')
  for (const name of ['NWORKERS_INHERITED_FDS', 'NODE_CHANNEL_FD']) {
    assert.equal((await request({ port }, `/env?name=${name}`)).body, 'null')
  }
  assert.equal((await identify({ port: 0, socketPath: path('new.sock') })).version, 'two')
  assert.ok(!existsSync(path('old.sock')), 'the old arbiter has removed the path that nobody serves')
  assert.match(server.log(), /No longer listening at: unix:.*old\.sock/)
  signalProcess(arbiter, 'SIGTERM')
  await gone(server)
})

test('upgrades that fail leave the old arbiter serving, with a sentence; mended, it goes', async (t) => {
  const files = temporaryFolder(t, { 'app.mjs': probeSource('one') })
  const { path, deploy } = files
  symlinkSync(serverNode, path('node'))
  deploy('nworkers.config.json', '{}')
  const { server, control } = await startControlled(t, {
    node: path('node'),
    cwd: files.folder,
    app: 'app.mjs',
    args: ['-w', '2', '-p', path('server.pid'), '--boot-timeout', '10', ...quick],
  })
  const taken = net.createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const { port: takenPort } = taken.address() as net.AddressInfo
  const load = startLoad(t, server)
  const before = server.workers()

  const failures = [
    {
      what: 'a syntax error in the app',
      spoil: () => deploy('app.mjs', 'export const app = ('),
      mend: () => deploy('app.mjs', probeSource('one')),
      reason: /app\.mjs/,
    },
    {
      what: 'a config file that is wrong',
      spoil: () => deploy('nworkers.config.json', '{ "wrokers": 2 }'),
      mend: () => deploy('nworkers.config.json', '{}'),
      reason: /wrokers/,
    },
    {
      what: 'an address that is taken',
      spoil: () => deploy('nworkers.config.json', `{ "admin": "127.0.0.1:${takenPort}" }`),
      mend: () => deploy('nworkers.config.json', '{}'),
      reason: /in use/,
    },
    {
      what: 'a Node that is gone',
      spoil: () => renameSync(path('node'), path('gone')),
      mend: () => renameSync(path('gone'), path('node')),
      reason: /there is no program .*node/,
    },
    {
      what: 'a Node that is none',
      spoil: () => renameSync(path('node'), path('gone')),
      mend: () => renameSync(path('gone'), path('node')),
      instead: '#!/bin/sh\nexit 7\n',
      reason: /it has ended/,
    },
  ]
  for (const { what, spoil, mend, instead, reason } of failures) {
    spoil()
    if (instead) writeFileSync(path('node'), instead, { mode: 0o755 })
    const after = server.mark()
    server.signal('SIGUSR2')
    assert.match(await failedUpgrade(server, after), reason, what)
    await poll(async () => (await control.status()).upgrade?.verdict === 'failed', { what: `${what}: told` })
    await poll(() => childrenOf(server.pid).length === 2, { what: `${what}: nothing is left of the new one` })
    await load.answers(20)
    mend()
  }
  assert.deepEqual(server.workers(), before)
  assert.equal(readFileSync(path('server.pid'), 'utf8'), `${server.pid}\n`)
  assert.match((await control.ctl('status')).stdout, /Last upgrade: failed: /)
  await upgrade(server)
  assertNoneFailed(await load.stop())
})

test('a new arbiter that is killed while it boots, or when it is ready, leaves the old one serving', async (t) => {
  const files = temporaryFolder(t)
  files.deploy('app.mjs', gatedSource(files))
  const server = await startServer(t, { app: files.path('app.mjs'), args: ['-w', '2', ...quick] })
  const load = startLoad(t, server)
  const moments = [
    { what: 'at once', until: undefined },
    {
      what: 'while its first worker boots',
      until: (pid: number) => new RegExp(`\\[${pid}\\].*Booting worker`),
    },
    {
      what: 'when its workers are ready',
      until: (pid: number) => new RegExp(`\\[${pid}\\].*Ready: generation 1`),
    },
  ]
  for (const { what, until } of moments) {
    if (what.startsWith('while')) files.deploy('wait', '')
    const after = server.mark()
    const successor = await beginUpgrade(server)
    if (until) await server.waitForLog(until(successor), { after })
    signalProcess(successor, 'SIGKILL')
    assert.match(await failedUpgrade(server, after), /it has ended/, what)
    renameIfThere(files.path('wait'))
    await load.answers(20)
  }
  assertNoneFailed(await load.stop())
  assert.ok(isAlive(server.pid))
  await upgrade(server)
})

function renameIfThere(file: string): void {
  if (existsSync(file)) renameSync(file, `${file}.done`)
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} during an upgrade ends both arbiters`, async (t) => {
    const files = temporaryFolder(t)
    files.deploy('app.mjs', gatedSource(files))
    const pidfile = files.path('server.pid')
    const server = await startServer(t, { app: files.path('app.mjs'), args: ['-p', pidfile, ...quick] })
    files.deploy('wait', '')
    const after = server.mark()
    const successor = await beginUpgrade(server)
    await server.waitForLog(new RegExp(`\\[${successor}\\].*Booting worker`), { after })
    server.signal(signal)
    assert.deepEqual(await ended(server), { code: 0, signal: null })
    assert.ok(!existsSync(pidfile))
    assert.doesNotMatch(server.log(after), /failed/)
  })
}

test('HUP during an upgrade is the new arbiter’s; if that fails, the old one reloads', async (t) => {
  const files = temporaryFolder(t)
  files.deploy('app.mjs', gatedSource(files, 'one'))
  const server = await startServer(t, { app: files.path('app.mjs'), args: quick })
  files.deploy('wait', '')
  let after = server.mark()
  let successor = await beginUpgrade(server)
  await server.waitForLog(new RegExp(`\\[${successor}\\].*Booting worker`), { after })
  server.signal('SIGHUP')
  await server.waitForLog(new RegExp(`\\[${successor}\\].*Handling signal: hup`), { after })
  files.deploy('app.mjs', gatedSource(files, 'two'))
  signalProcess(successor, 'SIGKILL')
  renameIfThere(files.path('wait'))
  await server.waitForLog(new RegExp(`\\[${server.pid}\\].*Reload: generation 2 serves`), { after })
  assert.equal((await identify(server)).version, 'two')

  files.deploy('wait', '')
  after = server.mark()
  successor = await beginUpgrade(server)
  await server.waitForLog(new RegExp(`\\[${successor}\\].*Booting worker`), { after })
  server.signal('SIGHUP')
  await server.waitForLog(new RegExp(`\\[${successor}\\].*Handling signal: hup`), { after })
  files.deploy('app.mjs', probeSource('three'))
  renameIfThere(files.path('wait'))
  await takenOver(server, successor)
  await poll(async () => (await identify(server)).version === 'three', { what: 'the newest code serves' })
})

test('a second USR2 is refused while an upgrade runs; the number that TTIN has set goes along', async (t) => {
  const files = temporaryFolder(t)
  files.deploy('app.mjs', gatedSource(files))
  const { server, control } = await startControlled(t, { app: files.path('app.mjs'), args: quick })
  const target = async () => (await control.status()).target
  server.signal('SIGTTIN')
  await poll(async () => (await target()) === 2, { what: 'there are two' })
  files.deploy('wait', '')
  const after = server.mark()
  const successor = await beginUpgrade(server)
  await server.waitForLog(new RegExp(`\\[${successor}\\].*Booting worker`), { after })
  server.signal('SIGUSR2')
  await server.waitForLog(/Upgrade: refused\. An upgrade is running/, { after })
  signalProcess(successor, 'SIGUSR2')
  await server.waitForLog(/Upgrade: refused\. The arbiter before this one has not handed over yet/, { after })
  await poll(async () => (await control.status()).upgrade?.pid === successor, { what: 'the status tells it' })
  const { code, stderr } = await control.ctl('reload')
  assert.equal(code, 1)
  assert.match(stderr, /An upgrade is running/)
  server.signal('SIGTTIN')
  await poll(async () => (await target()) === 3, { what: 'there are to be three' })
  renameIfThere(files.path('wait'))
  await takenOver(server, successor)
  await poll(async () => (await control.status()).pid === successor && (await target()) === 3, {
    what: 'the new arbiter has three',
  })
  assert.match((await control.ctl('upgrade', '--wait')).stdout, /The new arbiter \(pid \d+\) serves/)
})

test('nworkersctl upgrade --wait says why it fails', async (t) => {
  const files = temporaryFolder(t, { 'app.mjs': probeSource('one') })
  const { control } = await startControlled(t, { app: files.path('app.mjs'), args: quick })
  files.deploy('app.mjs', 'throw new Error("broken on purpose")')
  const { code, stderr } = await control.ctl('upgrade', '--wait')
  assert.equal(code, 1)
  assert.match(stderr, /The upgrade failed: .*app\.mjs.*[^.]\. The arbiter stays\./)
})

test('when the old arbiter is killed during an upgrade the new one goes on alone, and has all that was the old one’s', async (t) => {
  const files = temporaryFolder(t)
  files.deploy('app.mjs', gatedSource(files))
  const args = [
    '-b',
    '127.0.0.1:0',
    '-b',
    `unix:${files.path('a.sock')}`,
    '-p',
    files.path('server.pid'),
    ...quick,
  ]
  const { server, control } = await startControlled(t, { app: files.path('app.mjs'), args })
  files.deploy('wait', '')
  const after = server.mark()
  const successor = await beginUpgrade(server)
  await server.waitForLog(new RegExp(`\\[${successor}\\].*Booting worker`), { after })
  signalProcess(server.pid, 'SIGKILL')
  const waiting = identify(server)
  await takenOver(server, successor)
  renameIfThere(files.path('wait'))
  await waiting
  assert.equal(readFileSync(files.path('server.pid'), 'utf8'), `${successor}\n`)
  assert.equal((await control.status()).pid, successor)
  signalProcess(successor, 'SIGTERM')
  await gone(server)
  assert.ok(!existsSync(files.path('a.sock')) && !existsSync(files.path('server.pid')))
})

test('as process 1 it is refused with a sentence, and the container stays', {
  skip: cannotUnshare(),
}, async (t) => {
  const socketPath = temporaryFolder(t).path('a.sock')
  // With --kill-child the whole namespace ends with unshare, which the harness stops.
  const prefix = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
  const server = await startServer(t, { prefix, args: ['-b', `unix:${socketPath}`] })
  const arbiter = await poll(() => childrenOf(server.pid)[0], { what: 'the arbiter runs' })
  signalProcess(arbiter, 'SIGUSR2')
  await server.waitForLog(
    /Upgrade: refused\. This arbiter is process 1, and with its end the container ends\./,
  )
  assert.equal((await request({ port: 0, socketPath })).status, 200)
  signalProcess(arbiter, 'SIGTERM')
  await server.exit
})

function cannotUnshare(): string | false {
  const { status } = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'])
  return status !== 0 && 'no PID namespaces can be made here'
}
