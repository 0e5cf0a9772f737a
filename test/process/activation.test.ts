import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import {
  ended,
  runServer,
  type Server,
  type ServerOptions,
  serverNode,
  startServer,
} from './harness/server.js'
import { upgrade } from './harness/upgrades.js'

interface Passed {
  /** `connection` is what a socket unit with Accept=yes passes. */
  kind: 'tcp' | 'unix' | 'connection' | 'datagram'
  name?: string
  path?: string
}

interface Passing {
  sockets: Passed[]
  backlog?: number
  /** The process the sockets are said to be for; by default the one that gets them. */
  pid?: number
}

/** Opens sockets as systemd does, and becomes the command that follows. */
const manager = `
import fcntl, json, os, socket, sys
passing = json.loads(sys.argv[1])
def opened(one):
    if one['kind'] == 'connection': return socket.socketpair()[0]
    family = socket.AF_UNIX if one['kind'] == 'unix' else socket.AF_INET
    new = socket.socket(family, socket.SOCK_DGRAM if one['kind'] == 'datagram' else socket.SOCK_STREAM)
    new.bind(one['path'] if one['kind'] == 'unix' else ('127.0.0.1', 0))
    if one['kind'] != 'datagram': new.listen(passing.get('backlog', 4096))
    return new
sockets = [opened(one) for one in passing['sockets']]
high = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in sockets]
for index, fd in enumerate(high): os.dup2(fd, 3 + index, inheritable=True)
os.environ['LISTEN_PID'] = str(passing.get('pid', os.getpid()))
os.environ['LISTEN_FDS'] = str(len(sockets))
if any('name' in one for one in passing['sockets']):
    os.environ['LISTEN_FDNAMES'] = ':'.join(one.get('name', '') for one in passing['sockets'])
os.execvp(sys.argv[2], sys.argv[2:])
`

const isMissing = (command: string) => spawnSync(command, ['--version']).status !== 0
const skip = isMissing('python3') && 'python3, which plays systemd here, is not installed'
const skipQueue = skip || (isMissing('ss') && 'ss (iproute2) is not installed')

function activated(passing: Passing, options: ServerOptions = {}): ServerOptions {
  return { withoutBind: true, ...options, prefix: ['python3', '-c', manager, JSON.stringify(passing)] }
}

/** The ports of TCP addresses that the log says it listens at. */
function ports(server: Server): number[] {
  const found = server.log().matchAll(/Listening at: http:\/\/127\.0\.0\.1:(\d+) /g)
  return [...found].map(([, port]) => Number(port))
}

async function startActivated(t: TestContext, passing: Passing, options?: ServerOptions): Promise<Server> {
  return await startServer(t, activated(passing, options))
}

test('without --bind every passed socket is served, and the path of a unix socket stays', {
  skip,
}, async (t) => {
  const socketPath = temporaryFolder(t).path('a.sock')
  const sockets: Passed[] = [{ kind: 'tcp' }, { kind: 'unix', path: socketPath }, { kind: 'tcp' }]
  const server = await startActivated(t, { sockets }, { args: ['-w', '2'] })
  assert.equal(ports(server).length, 2)
  for (const port of ports(server)) assert.equal((await request({ port })).status, 200)
  assert.ok(server.log().includes(`Listening at: unix:${socketPath} (${server.pid})`), server.log())
  assert.equal((await request({ port: 0, socketPath })).status, 200)

  const { ino } = lstatSync(socketPath)
  const after = server.mark()
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2/, { after })
  for (const port of ports(server)) assert.equal((await request({ port })).status, 200)
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.equal(lstatSync(socketPath).ino, ino)
})

test('fd://N and fd://NAME choose, and the log says what is not used', { skip }, async (t) => {
  const sockets: Passed[] = [
    { kind: 'tcp', name: 'web' },
    { kind: 'tcp', name: 'admin' },
    { kind: 'tcp', name: 'web' },
    { kind: 'tcp', name: 'idle' },
  ]
  const server = await startActivated(
    t,
    { sockets },
    {
      args: ['-b', 'fd://web', '-b', 'fd://4', '-b', '127.0.0.1:0', '-b', 'fd://3'],
    },
  )
  assert.equal(new Set(ports(server)).size, 4)
  assert.equal(ports(server).length, 4, 'a socket that is named twice is served once')
  for (const port of ports(server)) assert.equal((await request({ port })).status, 200)
  assert.match(server.log(), /systemd passed a socket that no --bind names: idle\. .*--bind fd:\/\/6/)
  assert.doesNotMatch(server.log(), /no --bind names: (web|admin)/)
})

test('2 upgrades under load behind passed sockets lose no request; they keep their descriptors and names', {
  skip,
}, async (t) => {
  const socketPath = temporaryFolder(t).path('a.sock')
  const sockets: Passed[] = [
    { kind: 'tcp', name: 'web' },
    { kind: 'tcp', name: 'idle' },
    { kind: 'unix', name: 'local', path: socketPath },
  ]
  const args = ['-w', '2', '-b', 'fd://local', '-b', 'fd://3', '-b', '127.0.0.1:0', '--drain-linger', '1']
  const server = await startActivated(t, { sockets }, { args })
  const { ino } = lstatSync(socketPath)
  const targets = [{ port: 0, socketPath }, ...ports(server).map((port) => ({ port }))]
  assert.equal(targets.length, 3)
  const loads = targets.map((target) => startLoad(t, target, { keepAlive: 2, fresh: 2 }))
  let arbiter = server.pid
  for (let count = 0; count < 2; count++) {
    for (const load of loads) await load.answers(20)
    arbiter = await upgrade(server, arbiter)
    assert.match(server.log(), new RegExp(`\\[${arbiter}\\].* no --bind names: idle\\.`))
  }
  for (const load of loads) await load.answers(20)
  for (const load of loads) assertNoneFailed(await load.stop())
  signalProcess(arbiter, 'SIGTERM')
  await poll(() => server.processes().length === 0, { what: 'all has ended' })
  assert.equal(lstatSync(socketPath).ino, ino)
})

test('an upgrade without --bind serves all passed sockets', { skip }, async (t) => {
  const server = await startActivated(t, { sockets: [{ kind: 'tcp' }, { kind: 'tcp' }] })
  const passed = ports(server)
  await upgrade(server)
  for (const port of passed) assert.equal((await request({ port })).status, 200)
})

test('an app does not see that sockets were passed', { skip }, async (t) => {
  const server = await startActivated(t, { sockets: [{ kind: 'tcp', name: 'web' }] })
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) {
    assert.equal((await request({ port: ports(server)[0] ?? 0 }, `/env?name=${name}`)).body, 'null')
  }
})

test('sockets that were passed to another process are left alone', { skip }, async (t) => {
  const server = await startActivated(
    t,
    { sockets: [{ kind: 'tcp' }], pid: 1 },
    {
      withoutBind: false,
    },
  )
  assert.equal(ports(server).length, 1)
  assert.doesNotMatch(server.log(), /systemd passed/)
})

test('the queue keeps the length of the socket, or gets the one of --backlog', {
  skip: skipQueue,
}, async (t) => {
  const limit = spawnSync('cat', ['/proc/sys/net/core/somaxconn'], { encoding: 'utf8' }).stdout.trim()
  const longest = Number(limit)
  const lengthAt = (port: number) => {
    const { stdout } = spawnSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' })
    return Number(stdout.trim().split(/\s+/)[2])
  }
  const kept = await startActivated(t, { sockets: [{ kind: 'tcp' }], backlog: longest })
  assert.equal(lengthAt(ports(kept)[0] ?? 0), longest)
  const chosen = await startActivated(
    t,
    { sockets: [{ kind: 'tcp' }], backlog: longest },
    {
      args: ['--backlog', '77'],
    },
  )
  assert.equal(lengthAt(ports(chosen)[0] ?? 0), 77)
})

const refused: [what: string, passing: Passing, bind: string | undefined, message: RegExp][] = [
  [
    'a connection, as Accept=yes passes it',
    { sockets: [{ kind: 'connection', name: 'connection' }] },
    undefined,
    /Cannot listen at fd:\/\/3: .*Accept=no\); passed are fd:\/\/3 \(connection\)\./,
  ],
  ['a datagram socket', { sockets: [{ kind: 'datagram' }] }, undefined, /fd:\/\/3: .*ListenStream=/],
  [
    'a name that is not there',
    { sockets: [{ kind: 'tcp', name: 'web' }] },
    'fd://wbe',
    /fd:\/\/wbe: no socket of that name was passed; passed are fd:\/\/3 \(web\)\./,
  ],
  [
    'a number past the last',
    { sockets: [{ kind: 'tcp' }] },
    'fd://400',
    /Cannot listen at fd:\/\/400: descriptor 400 is not a listening/,
  ],
]
for (const [what, passing, bind, message] of refused) {
  test(`refused with a sentence: ${what}`, { skip }, async (t) => {
    const args = bind === undefined ? [] : ['-b', bind]
    const { code, log } = await runServer(t, activated(passing, { args }))
    assert.equal(code, 1)
    assert.match(log, message)
  })
}

test('a descriptor that is a file is refused, and --print-config shows what would be bound', {
  skip,
}, (t) => {
  const { path: at } = temporaryFolder(t)
  writeFileSync(at('file'), '')
  const script = path.join(projectFolder, 'bin/nworkers.js')
  const printConfig = (pid?: number) => {
    const passing = JSON.stringify({ sockets: [{ kind: 'tcp' }, { kind: 'tcp' }], pid })
    const words = ['-c', manager, passing, serverNode, script, '--print-config', 'app']
    return spawnSync('python3', words, { encoding: 'utf8' }).stdout
  }
  assert.match(printConfig(), /^bind += fd:\/\/3, fd:\/\/4 +# environment LISTEN_FDS$/m)
  assert.match(printConfig(1), /^bind += \S+:\d+ +# (default|environment PORT)$/m)
  const started = spawnSync(
    'sh',
    ['-c', `exec 9<${at('file')}; exec "$@"`, 'sh', serverNode, script, '-b', 'fd://9', 'app'],
    {
      encoding: 'utf8',
    },
  )
  assert.equal(started.status, 1)
  assert.match(started.stderr, /Cannot listen at fd:\/\/9: descriptor 9 is not a listening stream socket/)
  assert.ok(existsSync(at('file')))
})
