import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { request } from './harness/request.js'
import { ended, startServer } from './harness/server.js'

interface Manager {
  path: string
  /** The assignments that came, such as `READY=1`, in order. */
  said(): string[]
}

/** Node can't receive datagrams of the Unix family either. */
const receiver = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print('bound', flush=True)
while True:
    print(manager.recv(4096).decode(), flush=True)
`

const skip =
  spawnSync('python3', ['--version']).status !== 0 && 'python3, which plays systemd here, is not installed'

/** Listens as systemd does. */
async function listen(t: TestContext): Promise<Manager> {
  const path = temporaryFolder(t).path('notify.sock')
  const child = spawn('python3', ['-c', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  await poll(() => text.startsWith('bound\n'), { what: 'the socket is bound' })
  return { path, said: () => text.split('\n').slice(1).filter(Boolean) }
}

test('READY=1 when the first generation is ready, STOPPING=1 when the stop begins', { skip }, async (t) => {
  const manager = await listen(t)
  const server = await startServer(t, { args: ['-w', '2'], env: { NOTIFY_SOCKET: manager.path } })
  await poll(() => manager.said().includes('READY=1'), { what: 'READY=1 has come' })
  assert.ok(!manager.said().includes('STOPPING=1'))
  assert.equal(
    (await request(server, '/env?name=NOTIFY_SOCKET')).body,
    'null',
    'an app does not speak in its name',
  )
  server.signal('SIGTERM')
  await poll(() => manager.said().includes('STOPPING=1'), { what: 'STOPPING=1 has come' })
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.equal(manager.said().filter((assignment) => assignment === 'READY=1').length, 1)
})

test('READY=1 does not come before the app is ready, nor ever when it fails', { skip }, async (t) => {
  const manager = await listen(t)
  const { path } = temporaryFolder(t, {
    'app.mjs': probeSource(
      'one',
      'await new Promise((resolve) => setTimeout(resolve, 300))\nthrow new Error("broken")',
    ),
  })
  const server = await startServer(t, {
    app: path('app.mjs'),
    env: { NOTIFY_SOCKET: manager.path },
    waitForReady: false,
  })
  assert.equal((await ended(server)).code, 3)
  assert.ok(!manager.said().includes('READY=1'))
})
