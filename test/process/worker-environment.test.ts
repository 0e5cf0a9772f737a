import assert from 'node:assert/strict'
import { readlinkSync, realpathSync } from 'node:fs'
import { platform } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { commandLine, processGroup } from './harness/processes.js'
import { reload } from './harness/reloads.js'
import { identify, request, type Target } from './harness/request.js'
import { ended, startServer } from './harness/server.js'

const noProc = platform() !== 'linux' && 'needs /proc'

async function variable(target: Target, name: string): Promise<unknown> {
  return JSON.parse((await request(target, `/env?name=${name}`)).body)
}

test('a worker knows its slot, its generation and how many there are', async (t) => {
  const server = await startServer(t, { args: ['-w', '3'] })
  const seen = new Map<string, number>()
  await poll(
    async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => identify(server)))
      for (const { slot, pid, generation, count } of answers) {
        assert.equal(generation, '1')
        assert.equal(count, '3')
        seen.set(slot, pid)
      }
      return seen.size === 3
    },
    { what: 'each slot has answered' },
  )
  for (const { slot, pid } of server.workers()) assert.equal(seen.get(String(slot)), pid)
})

test('the hooks of an app are given the place of its worker, and workerContext() tells it', async (t) => {
  const source = `
    import { workerContext } from ${JSON.stringify(path.join(projectFolder, 'dist/src/index.js'))}
    const say = (hook) => (worker) => console.error(hook, JSON.stringify(worker))
    export const start = say('start'), drain = say('drain'), stop = say('stop')
    export const app = (_, response) => response.end(JSON.stringify(workerContext()))`
  const app = temporaryFolder(t, { 'app.mjs': source }).path('app.mjs')
  const server = await startServer(t, { app, args: ['-w', '2'] })
  const said = (hook: string) => [...server.log().matchAll(new RegExp(`${hook} (\\{.*\\})`, 'g'))].sort()
  const places = (hook: string) => said(hook).map(([, worker]) => JSON.parse(worker ?? ''))
  const place = (slot: number, generation: number) => ({ slot, generation, count: 2 })
  assert.deepEqual(places('start'), [place(0, 1), place(1, 1)])

  await reload(server, 1, 1)
  const { slot, ...others } = JSON.parse((await request(server)).body)
  assert.ok([0, 1].includes(slot))
  assert.deepEqual(others, { generation: 2, count: 2 })
  server.signal('SIGTERM')
  await ended(server)
  const all = [place(0, 1), place(0, 2), place(1, 1), place(1, 2)]
  for (const hook of ['start', 'drain', 'stop']) assert.deepEqual(places(hook), all, hook)
})

test('what an outer worker handed down does not leak into these', async (t) => {
  const outer = { NWORKERS_WORKER_SLOT: '7', NWORKERS_WORKER_GENERATION: '99', NWORKERS_WORKER_COUNT: '12' }
  const server = await startServer(t, { args: ['-w', '1'], env: outer })
  const { slot, generation, count } = await identify(server)
  assert.deepEqual({ slot, generation, count }, { slot: '0', generation: '1', count: '1' })
})

test('-e sets variables, the inherited ones stay, and -e wins', async (t) => {
  const server = await startServer(t, {
    args: ['-e', 'COLOUR=blue', '--env', 'QUERY=a=b', '-e', 'BOTH=flag'],
    env: { INHERITED: 'yes', BOTH: 'inherited' },
  })
  assert.equal(await variable(server, 'COLOUR'), 'blue')
  assert.equal(await variable(server, 'QUERY'), 'a=b')
  assert.equal(await variable(server, 'INHERITED'), 'yes')
  assert.equal(await variable(server, 'BOTH'), 'flag')
})

test('--chdir is where the app is looked for and where the worker runs', async (t) => {
  const { folder } = temporaryFolder(t, {
    'here.mjs': 'export default (request, response) => response.end(process.cwd())',
  })
  const server = await startServer(t, { app: 'here', args: ['--chdir', folder], cwd: '/' })
  assert.equal((await request(server)).body, realpathSync(folder))
})

test('process titles name the arbiter and each worker', { skip: noProc }, async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '-n', 'digits'] })
  assert.equal(commandLine(server.pid), 'nworkers: arbiter [digits]')
  const titles = server.workers().map(({ pid }) => commandLine(pid))
  assert.deepEqual(titles, ['nworkers: worker 0 [digits]', 'nworkers: worker 1 [digits]'])
})

test('workers are out of the arbiter’s process group: Ctrl-C reaches the arbiter alone', {
  skip: noProc,
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  for (const { pid } of server.workers()) {
    assert.notEqual(processGroup(pid), 0)
    assert.notEqual(processGroup(pid), processGroup(server.pid))
  }
})

test('stdout is inherited, stderr is forwarded as it is', async (t) => {
  const server = await startServer(t)
  await request(server, `/stdout?text=${encodeURIComponent('to stdout\n')}`)
  await request(server, `/stderr?text=${encodeURIComponent('to stderr: {"json":1}\n')}`)
  await poll(() => server.stdout() === 'to stdout\n', { what: 'stdout of the worker is there' })
  await server.waitForLog(/^to stderr: {"json":1}$/m)
  assert.doesNotMatch(server.log(), /to stdout/)

  if (noProc) return
  const [worker] = server.workers()
  assert.ok(worker)
  assert.equal(readlinkSync(`/proc/${worker.pid}/fd/1`), readlinkSync(`/proc/${server.pid}/fd/1`))
})
