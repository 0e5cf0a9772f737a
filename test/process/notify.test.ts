import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { symlinkSync, unlinkSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { probeSource, type TemporaryFolder, temporaryFolder } from './harness/application.js'
import { installWith } from './harness/installed.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'
import { failedUpgrade, upgrade } from './harness/upgrades.js'

interface Manager {
  /** What is in `NOTIFY_SOCKET`. */
  address: string
  /** The messages that came, in order: the values of their assignments by name. */
  messages(): Record<string, string>[]
  /** The order of `READY`, `RELOADING`, `STOPPING`. */
  states(): string[]
}

/** Node can't receive datagrams of the Unix family either. */
const receiver = `
import json, socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1].replace('@', chr(0)))
print(json.dumps('bound'), flush=True)
while True:
    print(json.dumps(manager.recv(4096).decode()), flush=True)
`

const isMissing = (command: string) => spawnSync(command, ['--version']).status !== 0
const skip =
  (isMissing('python3') && 'python3, which plays systemd here, is not installed') ||
  (isMissing('systemd-notify') && 'systemd-notify is not installed')

/** Listens as systemd does. */
async function listen(t: TestContext, address = temporaryFolder(t).path('notify.sock')): Promise<Manager> {
  const child = spawn('python3', ['-c', receiver, address], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  await poll(() => text.startsWith('"bound"\n'), { what: 'the socket is bound' })
  const messages = () =>
    text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .slice(1)
      .map((line) => assignments(JSON.parse(line)))
      .filter((message) => message.BARRIER === undefined)
  const states = () =>
    messages().flatMap((message) => ['READY', 'RELOADING', 'STOPPING'].filter((name) => name in message))
  return { address, messages, states }
}

function assignments(datagram: string): Record<string, string> {
  return Object.fromEntries(
    datagram.split('\n').map((line) => [line.split('=')[0], line.replace(/^.*?=/, '')]),
  )
}

function statuses(manager: Manager): string[] {
  return manager.messages().flatMap(({ STATUS }) => STATUS ?? [])
}

/** An app that boots when the file `open` is there. */
function gated({ path }: TemporaryFolder): string {
  return probeSource(
    'one',
    `import { existsSync } from 'node:fs'
    while (!existsSync(${JSON.stringify(path('open'))})) await new Promise((resolve) => setTimeout(resolve, 20))`,
  )
}

async function startNotifying(
  t: TestContext,
  manager: Manager,
  options: Parameters<typeof startServer>[1] = {},
): Promise<Server> {
  return await startServer(t, { ...options, env: { NOTIFY_SOCKET: manager.address, ...options.env } })
}

test('READY=1 when the first generation is ready, STOPPING=1 when the stop begins', { skip }, async (t) => {
  const manager = await listen(t)
  const server = await startNotifying(t, manager, { args: ['-w', '2'] })
  await poll(() => manager.states().length > 0, { what: 'READY=1 has come' })
  assert.equal(statuses(manager).at(-1), '2 of 2 workers ready, generation 1')
  assert.equal(
    (await request(server, '/env?name=NOTIFY_SOCKET')).body,
    'null',
    'an app does not speak in its name',
  )
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  await poll(() => manager.states().includes('STOPPING'), { what: 'STOPPING=1 has come' })
  assert.deepEqual(manager.states(), ['READY', 'STOPPING'])
  assert.ok(statuses(manager).includes('Stopping: 2 workers left'), String(statuses(manager)))
})

test('READY=1 does not come before the app is ready; meanwhile systemd is asked to wait', {
  skip,
}, async (t) => {
  const manager = await listen(t)
  const folder = temporaryFolder(t)
  folder.deploy('app.mjs', gated(folder))
  const server = await startNotifying(t, manager, { app: folder.path('app.mjs'), waitForReady: false })
  const asked = () =>
    manager.messages().filter(({ EXTEND_TIMEOUT_USEC }) => EXTEND_TIMEOUT_USEC === '15000000')
  await poll(() => asked().length > 0, { what: 'the time is extended' })
  assert.deepEqual(manager.states(), [])
  folder.deploy('open', '')
  await server.waitForLog(/Ready: generation 1/)
  await poll(() => manager.states().includes('READY'), { what: 'READY=1 has come' })
  const message = manager.messages().findIndex(({ READY }) => READY === '1')
  assert.ok(
    !manager
      .messages()
      .slice(message)
      .some((later) => 'EXTEND_TIMEOUT_USEC' in later),
  )
})

test('READY=1 never comes when the app fails', { skip }, async (t) => {
  const manager = await listen(t)
  const { path } = temporaryFolder(t, {
    'app.mjs': probeSource('one', 'throw new Error("broken")'),
  })
  const server = await startNotifying(t, manager, { app: path('app.mjs'), waitForReady: false })
  assert.equal((await ended(server)).code, 3)
  assert.ok(!manager.states().includes('READY'))
})

test('a reload is RELOADING=1 with the time, then READY=1, also when it fails', { skip }, async (t) => {
  const manager = await listen(t)
  const folder = temporaryFolder(t, { 'app.mjs': probeSource('one') })
  const server = await startNotifying(t, manager, { app: folder.path('app.mjs'), args: ['-w', '2'] })
  const before = process.hrtime.bigint() / 1_000n
  server.signal('SIGHUP')
  await poll(() => manager.states().length === 3, { what: 'the reload is over' })
  const time = manager.messages().find(({ RELOADING }) => RELOADING === '1')?.MONOTONIC_USEC
  assert.ok(BigInt(time ?? 0) >= before && BigInt(time ?? 0) <= process.hrtime.bigint() / 1_000n, time)

  folder.deploy('app.mjs', 'throw new Error("broken\\u0007\\u001b[31m on purpose\\nMAINPID=1")')
  server.signal('SIGHUP')
  await poll(() => manager.states().length === 5, { what: 'the failed reload is over' })
  assert.deepEqual(manager.states(), ['READY', 'RELOADING', 'READY', 'RELOADING', 'READY'])
  await poll(() => /^2 of 2 workers ready, generation 2(;|$)/.test(statuses(manager).at(-1) ?? ''), {
    what: 'the status is that of the old generation',
  })
  assert.match(statuses(manager).at(-1) ?? '', /; generation 3 failed: boot-failure, /)
  assert.ok(!manager.messages().some((message) => 'MAINPID' in message))
})

test('the status counts what dies, without READY=1 again', { skip }, async (t) => {
  const manager = await listen(t)
  const server = await startNotifying(t, manager, { args: ['-w', '2'] })
  process.kill(server.workers()[1]?.pid ?? 0, 'SIGKILL')
  await poll(() => statuses(manager).at(-1)?.startsWith('2 of 2 workers ready, generation 1; 1 restart'), {
    what: 'the restart is counted',
  })
  assert.deepEqual(manager.states(), ['READY'])
})

test('WATCHDOG=1 comes at half the interval', { skip }, async (t) => {
  const manager = await listen(t)
  const since = performance.now()
  await startNotifying(t, manager, { env: { WATCHDOG_USEC: '300000' } })
  const signs = () => manager.messages().filter(({ WATCHDOG }) => WATCHDOG === '1').length
  await poll(() => signs() >= 5, { what: 'five signs of life' })
  const count = signs()
  assert.ok(count * 150 <= performance.now() - since + 150, `${count} since ${since}`)
})

test('WATCHDOG=1 does not come when it is meant for another process', { skip }, async (t) => {
  const manager = await listen(t)
  const server = await startNotifying(t, manager, { env: { WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' } })
  server.signal('SIGTERM')
  await ended(server)
  await poll(() => manager.states().includes('STOPPING'), { what: 'STOPPING=1 has come' })
  assert.ok(!manager.messages().some((message) => 'WATCHDOG' in message))
})

test('an upgrade: MAINPID= of the old arbiter, then the new one speaks, and gives the signs of life', {
  skip,
}, async (t) => {
  const manager = await listen(t)
  const env = { WATCHDOG_USEC: '300000' }
  const server = await startNotifying(t, manager, { args: ['-w', '2', '--drain-linger', '1'], env })
  await poll(() => manager.states().length === 1, { what: 'READY=1 has come' })
  const before = manager.messages().length
  const arbiter = await upgrade(server)
  const since = () => manager.messages().slice(before)
  const introduced = () => since().findIndex(({ MAINPID }) => MAINPID === `${arbiter}`)
  await poll(() => introduced() >= 0 && manager.states().length === 2, { what: 'the new one is ready' })
  assert.deepEqual(manager.states(), ['READY', 'READY'])
  assert.ok(since().findIndex(({ READY }) => READY === '1') > introduced())
  const signs = () =>
    since()
      .slice(introduced())
      .filter(({ WATCHDOG }) => WATCHDOG === '1')
  await poll(() => signs().length > 2, { what: 'signs of life of the new arbiter' })

  signalProcess(arbiter, 'SIGTERM')
  await poll(() => manager.states().includes('STOPPING'), { what: 'STOPPING=1 has come' })
  assert.deepEqual(manager.states(), ['READY', 'READY', 'STOPPING'])
})

test('an upgrade that systemd can not be told of fails', { skip }, async (t) => {
  const manager = await listen(t)
  const { folder, path } = temporaryFolder(t)
  const tool = spawnSync('sh', ['-c', 'command -v systemd-notify'], { encoding: 'utf8' }).stdout.trim()
  symlinkSync(tool, path('systemd-notify'))
  const server = await startNotifying(t, manager, { env: { PATH: folder } })
  await poll(() => manager.states().length === 1, { what: 'READY=1 has come' })
  unlinkSync(path('systemd-notify'))
  server.signal('SIGUSR2')
  const reason = await failedUpgrade(server, 0)
  assert.equal(reason, 'systemd could not be told of it')
  assert.equal((await request(server)).status, 200)
})

test('an abstract socket is reached as well', { skip }, async (t) => {
  const manager = await listen(t, `@nworkers-test-${process.pid}`)
  await startNotifying(t, manager)
  await poll(() => manager.states().includes('READY'), { what: 'READY=1 has come' })
})

test('with node-unix-socket no process is made for a message, and the order stays', {
  skip,
}, async (t) => {
  const manager = await listen(t)
  const script = installWith('node-unix-socket', temporaryFolder(t))
  if (script === undefined) {
    t.skip('npm could not install node-unix-socket')
    return
  }
  // A PATH without systemd-notify.
  const env = { WATCHDOG_USEC: '300000', PATH: '/nonexistent' }
  const server = await startNotifying(t, manager, { script, env })
  server.signal('SIGHUP')
  await poll(() => manager.states().length === 3, { what: 'the reload is over' })
  assert.deepEqual(manager.states(), ['READY', 'RELOADING', 'READY'])
  await poll(() => manager.messages().some(({ WATCHDOG }) => WATCHDOG === '1'), { what: 'a sign of life' })
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.doesNotMatch(server.log(), /could not be notified/)
})

test('where neither is there the log says so once, and the service runs', async (t) => {
  const server = await startServer(t, {
    env: { NOTIFY_SOCKET: '/nonexistent/notify', PATH: '/nonexistent' },
  })
  const after = server.mark()
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2/, { after })
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.equal([...server.log().matchAll(/systemd could not be notified/g)].length, 1)
})
