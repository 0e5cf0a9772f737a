import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { probeApp, type TemporaryFolder, temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { identify, request } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'

const configName = 'nworkers.config.mjs'

const head = `import { appendFileSync } from 'node:fs'
const tell = (hook, ...parameters) =>
  appendFileSync(process.env.JOURNAL, JSON.stringify({ hook, pid: process.pid, parameters }) + '\\n')
`

interface Told {
  hook: string
  pid: number
  parameters: Record<string, unknown>[]
}

/** A server with these hooks; each can \`tell(hook, …parameters)\`. */
async function startHooked(
  t: TestContext,
  hooks: string,
  args: string[] = [],
): Promise<{ server: Server; files: TemporaryFolder; told: () => Told[] }> {
  const files = temporaryFolder(t, { [configName]: `${head}export default { ${hooks} }` })
  const journal = files.path('journal')
  const server = await startServer(t, { cwd: files.folder, args, env: { JOURNAL: journal }, app: probeApp })
  const read = () => (existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : [])
  return { server, files, told: () => read().map((line) => JSON.parse(line) as Told) }
}

const all = [
  ...['onStarting', 'whenReady', 'onReload', 'onReloadFailed', 'preSpawn', 'workerAbort', 'childExit'],
  ...['nworkersChanged', 'onStopping', 'onExit', 'postFork', 'postWorkerInit', 'workerExit'],
]
  .map((hook) => `${hook}: (...parameters) => { tell('${hook}', ...parameters) }`)
  .join(', ')

test('every hook is called in its process with its parameters, in order', async (t) => {
  const { server, told } = await startHooked(t, all, ['-w', '2', '-t', '1'])
  const pids = server.workers().map(({ pid }) => pid)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  server.signal('SIGTTIN')
  await server.waitForLog(/Ready: generation 2, 3 workers/)
  void request(server, '/hang').catch(() => {})
  await server.waitForLog(/exited: hung/)
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)

  const of = (hook: string) => told().filter((one) => one.hook === hook)
  const names = told().map(({ hook }) => hook)
  assert.equal(names[0], 'onStarting')
  assert.equal(names.at(-1), 'onExit')
  const [starting] = of('onStarting')
  assert.deepEqual(starting?.parameters[0]?.addresses, [])
  assert.deepEqual(
    of('whenReady').map(({ parameters: [info] }) => [info?.pid, info?.generation, info?.workers]),
    [
      [server.pid, 1, 2],
      [server.pid, 2, 2],
    ],
  )
  assert.deepEqual(of('whenReady')[0]?.parameters[0]?.addresses, [server.url])
  assert.deepEqual(
    of('onReload').map(({ parameters }) => parameters[1]),
    [{ generation: 2 }],
  )
  assert.deepEqual(
    of('nworkersChanged').map(({ parameters }) => parameters.slice(1)),
    [
      [2, 0],
      [3, 2],
    ],
  )
  assert.deepEqual(
    of('preSpawn')
      .slice(0, 2)
      .map(({ parameters }) => parameters[1]),
    [
      { slot: 0, generation: 1 },
      { slot: 1, generation: 1 },
    ],
  )
  assert.equal(of('workerAbort').length, 1)
  assert.ok(of('childExit').some(({ parameters: [, , exit] }) => exit?.reason === 'hung'))
  assert.ok(
    of('childExit').some(({ parameters: [, , exit] }) => exit?.reason === 'reload' && exit.code === 0),
  )
  assert.equal(of('onStopping').length, 1)
  for (const pid of pids) {
    for (const hook of ['postFork', 'postWorkerInit', 'workerExit']) {
      const [call] = of(hook).filter((one) => one.pid === pid)
      assert.equal(call?.parameters[0]?.pid, pid, `${hook} of ${pid}`)
    }
  }
  const outside = of('whenReady').map(({ pid }) => pid)
  assert.ok(outside.every((pid) => pid !== server.pid && !pids.includes(pid)))
})

test('preSpawn gives a worker variables of its own, also after a reload', async (t) => {
  const { server } = await startHooked(
    t,
    'preSpawn: async (server, { slot, generation }) => ({ CUDA_VISIBLE_DEVICES: slot, LABEL: "g" + generation })',
    ['-w', '2', '-e', 'LABEL=weaker'],
  )
  const devices = async () => {
    const seen = new Set<string>()
    await poll(
      async () => {
        const { slot } = await identify(server)
        const device = (await request(server, '/env?name=CUDA_VISIBLE_DEVICES')).body
        seen.add(`${device} ${(await request(server, '/env?name=LABEL')).body}`)
        return slot !== undefined && seen.size >= 2
      },
      { what: 'both workers have answered' },
    )
    return [...seen].sort()
  }
  assert.deepEqual(await devices(), ['"0" "g1"', '"1" "g1"'])
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  assert.deepEqual(await devices(), ['"0" "g2"', '"1" "g2"'])
})

const faults = {
  throws: { body: 'throw new Error("on purpose")', says: /The hook \w+ failed: Error: on purpose/ },
  'never ends': {
    body: 'return new Promise(() => {})',
    says: /The hook \w+ did not end within \d+(\.\d+)? s/,
  },
  loops: { body: 'for (;;);', says: /The hook process has ended \(signal SIGKILL\)/ },
  exits: { body: 'process.exit(1)', says: /The hook process has ended \(exit code 1\)/ },
}

const outside = [
  ...[
    'onStarting',
    'whenReady',
    'onReload',
    'preSpawn',
    'childExit',
    'nworkersChanged',
    'onStopping',
    'onExit',
  ],
]

for (const [what, { body, says }] of Object.entries(faults)) {
  test(`hooks beside the arbiter whose code ${what} are logged and stop nothing: start, reload, stop`, async (t) => {
    const hooks = outside.map((hook) => `${hook}() { ${body} }`).join(', ')
    const { server } = await startHooked(t, hooks, ['-w', '2', '--hook-timeout', '1'])
    assert.match(server.log(), says)
    const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
    server.signal('SIGHUP')
    await server.waitForLog(/Ready: generation 2, 2 workers/, { deadline: 60_000 })
    assertNoneFailed(await load.stop())
    const at = performance.now()
    server.signal('SIGTERM')
    assert.equal((await ended(server)).code, 0)
    assert.ok(performance.now() - at < 15_000)
  })
}

test('a stop wins over preSpawn hooks that never end', async (t) => {
  const { server } = await startHooked(
    t,
    'preSpawn(server, { generation }) { if (generation > 1) return new Promise(() => {}) }',
  )
  const mark = server.mark()
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 replaces/, { after: mark })
  const at = performance.now()
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.ok(performance.now() - at < 4_500, 'not the five seconds that a hook may take')
})

test('a killed hook process is logged and started again', async (t) => {
  const { server, told } = await startHooked(t, "whenReady() { tell('whenReady') }")
  await poll(() => told().length === 1, { what: 'the hook was called' })
  const [first] = told()
  assert.ok(first)
  signalProcess(first.pid, 'SIGKILL')
  await server.waitForLog(/The hook process has ended \(signal SIGKILL\); the next hook starts another/)
  server.signal('SIGHUP')
  await poll(() => told().length === 2, { what: 'the hook was called again' })
  assert.equal((await identify(server)).pid > 0, true)
})

for (const [what, body, says] of [
  ['throws', 'throw new Error("on purpose")', /The hook (postFork|postWorkerInit) failed: Error: on purpose/],
  ['never ends', 'return new Promise(() => {})', /The hook postFork did not end within 1 s/],
] as const) {
  test(`hooks in the worker whose code ${what} are logged, and the worker serves`, async (t) => {
    const { server } = await startHooked(
      t,
      `postFork() { ${body} }, postWorkerInit() { ${body} }, workerExit() { ${body} }`,
      ['--hook-timeout', '1'],
    )
    assert.match(server.log(), says)
    assert.equal((await identify(server)).generation, '1')
    server.signal('SIGTERM')
    assert.equal((await ended(server)).code, 0)
  })
}

test('onReloadFailed is told which generation failed and why', async (t) => {
  const hooks = "onReloadFailed(server, failure) { tell('onReloadFailed', server, failure) }"
  const { server, files, told } = await startHooked(t, hooks)
  files.deploy(
    'nworkers.config.mjs',
    `${head}export default { chdir: '/', env: { X: '1' }, ${hooks}, postFork() { process.exit(7) } }`,
  )
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 failed/)
  await poll(() => told().length === 1, { what: 'the hook was called' })
  const [info, failure] = told()[0]?.parameters ?? []
  assert.equal(info?.generation, 1)
  assert.equal(failure?.generation, 2)
  assert.match(String(failure?.reason), /process\.exit\(7\)/)
})
