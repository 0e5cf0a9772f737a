import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { childrenOf, signalProcess } from './harness/processes.js'
import { identify, request } from './harness/request.js'
import { ended, type Server, type ServerOptions, startServer } from './harness/server.js'
import { asUser, findCommand } from './harness/unprivileged.js'

const needsRoot = process.platform !== 'linux' || process.getuid?.() !== 0

/** A file system of 64 KiB, gone after the test. */
function smallDisk(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'process-test-disk-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
  assert.equal(status, 0, String(stderr))
  t.after(() => {
    spawnSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  })
  return folder
}

/** Tells why no file system can be mounted here, or false. */
function cannotMount(): string | false {
  if (needsRoot) return 'mounting needs root on Linux'
  const { status } = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
  return status === 0 ? false : 'this machine does not let root mount a file system'
}

test('the disk under log and pidfile is full: requests, crashes, reloads and the stop go on', {
  skip: cannotMount(),
}, async (t) => {
  const disk = smallDisk(t)
  const socketPath = temporaryFolder(t).path('app.sock')
  const target = { port: 0, socketPath }
  const log = path.join(disk, 'log')
  const server = await startServer(t, {
    args: ['-w', '2', '-b', `unix:${socketPath}`, '-p', path.join(disk, 'pid')],
    output: openSync(path.join(disk, 'output'), 'a'),
    errorOutput: { descriptor: openSync(log, 'a'), source: Readable.from([]) },
    waitForReady: false,
  })
  const isReady = () => readFileSync(log, 'utf8').includes('Ready: generation 1')
  await poll(isReady, { what: 'the server is ready' })
  assert.throws(() => writeFileSync(path.join(disk, 'filler'), 'x'.repeat(1 << 20)), /ENOSPC/)

  const load = startLoad(t, target, { keepAlive: 2, fresh: 2 })
  assert.equal((await request(target, '/spam?lines=2000')).body, 'spammed')
  await request(target, `/stdout?text=${'x'.repeat(5_000)}`)
  assertNoneFailed(await load.stop())

  const before = childrenOf(server.pid)
  signalProcess(before[0] ?? 0, 'SIGKILL')
  const fresh = () => childrenOf(server.pid).filter((pid) => !before.includes(pid))
  await poll(() => fresh().length === 1, { what: 'the killed worker is replaced' })
  server.signal('SIGHUP')
  await poll(async () => (await identify(target)).generation === '2', { what: 'the reload happens' })
  server.signal('SIGTERM')
  assert.deepEqual(await ended(server), { code: 0, signal: null })
})

/** Kills the only other worker than the first, so that a new process is wanted. */
async function wantWorker(server: Server): Promise<void> {
  const [, victim] = server.workers()
  signalProcess(victim?.pid ?? 0, 'SIGKILL')
}

/** While no process can be made: it is told, tried ever more rarely, and the other worker serves. */
async function assertBacksOff(server: Server, says: RegExp): Promise<void> {
  const began = performance.now()
  await server.waitForLog(
    new RegExp(`No process for slot 1: .*${says.source}.*; next try in 2 s, failure 4 in a row`),
  )
  const told = server.log().matchAll(/No process for slot 1: .*; next try in (\S+) s, failure (\d) in a row/g)
  const waits = [...told].map(([, wait]) => Number(wait)).slice(-3)
  assert.deepEqual(waits, [0.5, 1, 2], 'the tries become rarer')
  assert.ok(performance.now() - began >= 1_500, 'it waits as long as it says')
  assert.equal((await identify(server)).slot, '0')
}

test('no process can be made because --chdir has gone: it is told and backed off, and mended by itself', async (t) => {
  const folder = temporaryFolder(t).path('work')
  mkdirSync(folder)
  const server = await startServer(t, { args: ['-w', '2', '--chdir', folder] })
  rmdirSync(folder)
  await wantWorker(server)
  await assertBacksOff(server, /has gone/)
  mkdirSync(folder)
  await poll(() => server.workers().length === 2, { what: 'the slot is served again' })
})

const user = asUser(54_321)
const prlimit = findCommand('prlimit')

test('fork fails with EAGAIN: it is told and backed off, and mended by itself', {
  skip: user.skip || (prlimit ? false : 'there is no prlimit'),
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '2'], prefix: user.prefix })
  // The soft limit, which the user itself may set.
  const limit = (processes: number) => {
    const [file = '', ...args] = [...user.prefix, prlimit ?? '', '--pid', String(server.pid)]
    const { status, stderr } = spawnSync(file, [...args, `--nproc=${processes}:`])
    assert.equal(status, 0, String(stderr))
  }
  limit(1)
  await wantWorker(server)
  await assertBacksOff(server, /EAGAIN/)
  limit(1_000)
  await poll(() => server.workers().length === 2, { what: 'the slot is served again' })
})

/** The memory cgroup of this process, where a child of it can be made; the reason why not otherwise. */
function memoryCgroup(): { parent: string; limitFile: string } | string {
  if (needsRoot) return 'making a cgroup needs root on Linux'
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n')
  const own = (controllers: string) =>
    lines.map((line) => line.split(':')).find(([, names]) => names?.split(',').includes(controllers))?.[2]
  const first = path.join('/sys/fs/cgroup/memory', own('memory') ?? '')
  if (existsSync(path.join(first, 'memory.limit_in_bytes')))
    return { parent: first, limitFile: 'memory.limit_in_bytes' }
  const second = '/sys/fs/cgroup'
  const controllers = path.join(second, 'cgroup.subtree_control')
  if (existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory'))
    return { parent: second, limitFile: 'memory.max' }
  return 'there is no memory cgroup in which a child can be made'
}

const cgroup = memoryCgroup()

/** Starts a server in a cgroup with so many megabytes of memory. */
async function startLimited(t: TestContext, megabytes: number, options: ServerOptions): Promise<Server> {
  if (typeof cgroup === 'string') throw new Error(cgroup)
  const folder = path.join(cgroup.parent, `process-test-${process.pid}`)
  mkdirSync(folder)
  writeFileSync(path.join(folder, cgroup.limitFile), String(megabytes * 2 ** 20))
  const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
  const starting = startServer(t, { ...options, prefix: ['/bin/sh', '-c', enter, folder] })
  // After the server's own hook: a cgroup goes when its last process has gone.
  t.after(() => poll(() => rmdirSync(folder) === undefined, { what: 'the cgroup is removed' }))
  return starting
}

test('the heaps of as many workers as there may be share three quarters of the cgroup’s memory', {
  skip: typeof cgroup === 'string' && cgroup,
}, async (t) => {
  const { path: file } = temporaryFolder(t, {
    'app.mjs': 'export const app = (request, response) => response.end(JSON.stringify(process.execArgv))',
  })
  const server = await startLimited(t, 512, {
    app: file('app.mjs'),
    args: ['-w', '1', '--max-workers', '4'],
  })
  const { body } = await request(server, '/')
  assert.ok(JSON.parse(body).includes('--max-old-space-size=96'), body)
})

test('a worker that the kernel kills for want of memory exits with reason oom, one that a stranger kills with killed; gunicorn says “Perhaps out of memory?” of every SIGKILL, its own too (E20)', {
  skip: typeof cgroup === 'string' && cgroup,
}, async (t) => {
  const { path: file } = temporaryFolder(t, {
    'app.mjs': `import { writeFileSync } from 'node:fs'
      ${probeSource('hungry').replace('export const app', 'const other')}
      const kept = []
      // The kernel takes the worker, not the arbiter.
      writeFileSync('/proc/self/oom_score_adj', '900')
      export const app = (request, response) => {
        if (request.url !== '/eat') return other(request, response)
        for (;;) kept.push(Buffer.alloc(16 * 2 ** 20, 1))
      }`,
  })
  const server = await startLimited(t, 400, { app: file('app.mjs'), args: ['-w', '1'] })
  const { pid } = await identify(server)
  await request(server, '/eat').catch(() => {})
  await server.waitForLog(new RegExp(`Worker ${pid} \\(slot 0\\) exited: oom \\(signal SIGKILL\\)`))

  // A stranger's SIGKILL afterwards is not taken for another one.
  const next = await identify(server)
  signalProcess(next.pid, 'SIGKILL')
  await server.waitForLog(new RegExp(`Worker ${next.pid} \\(slot 0\\) exited: killed \\(signal SIGKILL\\)`))
  assert.equal((await identify(server)).version, 'hungry')
})
