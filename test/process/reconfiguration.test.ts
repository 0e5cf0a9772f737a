import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { probeApp, probeSource, type TemporaryFolder, temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { identify, request } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'

const configName = 'nworkers.config.mjs'

function configSource(config: object): string {
  return `export default ${JSON.stringify(config)}`
}

/** A server whose only argument is its config file. */
async function startConfigured(
  t: TestContext,
  config: object,
  others: Record<string, string> = {},
): Promise<{ server: Server; files: TemporaryFolder; reload: (config: object | string) => Promise<number> }> {
  const files = temporaryFolder(t, { [configName]: configSource(config), ...others })
  const server = await startServer(t, {
    app: null,
    cwd: files.folder,
    args: ['-c', configName],
    withoutBind: true,
  })
  return {
    server,
    files,
    async reload(next) {
      files.deploy(configName, typeof next === 'string' ? next : configSource(next))
      const mark = server.mark()
      server.signal('SIGHUP')
      return mark
    },
  }
}

test('HUP with other addresses under load: what stays loses nothing, what is new serves, what is gone is refused in order', async (t) => {
  const kept = '127.0.0.1:0'
  const { path } = temporaryFolder(t)
  const [old, next] = [path('old.sock'), path('next.sock')]
  const config = { app: probeApp, workers: 2, drainLinger: '500ms' }
  const { server, reload } = await startConfigured(t, { ...config, bind: [kept, `unix:${old}`] })
  const keptLoad = startLoad(t, server)
  const oldLoad = startLoad(t, { port: 0, socketPath: old }, { keepAlive: 0, fresh: 4 })
  await oldLoad.answers(50)

  const mark = await reload({ ...config, bind: [kept, `unix:${next}`] })
  await server.waitForLog(/Ready: generation 2, 2 workers/, { after: mark })
  assert.match(server.log(mark), /Listening at: unix:\S+next\.sock/)
  assert.match(server.log(mark), /No longer listening at: unix:\S+old\.sock/)
  assert.doesNotMatch(server.log(mark), /istening at: http/)
  assert.equal((await identify({ port: 0, socketPath: next })).generation, '2')
  await poll(() => !existsSync(old), { what: 'the old path is removed' })
  assert.equal(existsSync(`${old}.lock`), false)
  await keptLoad.answers(50)

  const old_ = await oldLoad.stop()
  const kinds = new Set(old_.failures.map(({ kind }) => kind))
  for (const kind of kinds) assert.match(kind, /^(ECONNREFUSED|ENOENT) on a new socket$/)
  assertNoneFailed(await keptLoad.stop())

  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.equal(existsSync(next), false)
})

test('HUP to another port and back, ten times', async (t) => {
  const ports = [await freePort(), await freePort()]
  const config = { app: probeApp, drainLinger: 0 }
  const { server, reload } = await startConfigured(t, { ...config, bind: ports[0] })
  for (let generation = 2; generation <= 11; generation++) {
    const port = ports[(generation + 1) % 2] ?? 0
    const mark = await reload({ ...config, bind: port })
    await server.waitForLog(new RegExp(`Ready: generation ${generation}, `), { after: mark })
    assert.equal((await identify({ port })).generation, String(generation))
  }
})

test('HUP with an address that is in use: one line, everything stays; once it is free it serves', async (t) => {
  const holder = net.createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await poll(() => holder.listening, { what: 'the holder listens' })
  const { port } = holder.address() as net.AddressInfo
  const kept = '127.0.0.1:0'
  const config = { app: probeApp, workers: 2 }
  const { path } = temporaryFolder(t)
  const { server, reload } = await startConfigured(t, { ...config, bind: kept })
  const before = server.workers()
  const load = startLoad(t, server)
  const bind = [kept, `unix:${path('new.sock')}`, `127.0.0.1:${port}`]
  const mark = await reload({ ...config, bind })
  await server.waitForLog(/Reload: .* in use by process \d+.*Everything stays as it is\./, { after: mark })
  assert.equal(server.log(mark).trimEnd().split('\n').length, 2, 'the signal and the error')
  assert.equal(existsSync(path('new.sock')), false)
  assert.deepEqual(server.workers(), before)

  holder.close()
  const again = await reload({ ...config, bind })
  await server.waitForLog(/Ready: generation 2, /, { after: again })
  assert.equal((await identify({ port })).generation, '2')
  assertNoneFailed(await load.stop())
})

test('HUP with a config that is wrong: one line, the running configuration stays', async (t) => {
  const config = { app: probeApp, workers: 2, bind: '127.0.0.1:0' }
  const { server, reload } = await startConfigured(t, config)
  const before = server.workers()
  for (const [source, says] of [
    ['export default { wrokers: 3 }', /unknown setting wrokers\. Did you mean workers\?/],
    ['export default { app: "x", workers: 0 }', /Invalid value for workers in \S+: 0/],
    ['export default {', /SyntaxError/],
    ['process.exit(0)', /ended its process/],
    ['for (;;);', /was not evaluated within 10 s/],
  ] as const) {
    const mark = await reload(source)
    await server.waitForLog(/Everything stays as it is\./, { after: mark })
    assert.match(server.log(mark), says)
    assert.equal(server.log(mark).match(/\[ERROR\]/g)?.length, 1)
  }
  assert.deepEqual(server.workers(), before)
  assert.equal((await identify(server)).generation, '1')
})

test('a stop does not wait for a config that loops, and leaves no process behind', async (t) => {
  const { server, reload } = await startConfigured(t, { app: probeApp, bind: '127.0.0.1:0' })
  const mark = await reload('console.log("begun"); for (;;);')
  await server.waitForLog(/^begun$/m, { after: mark })
  const at = performance.now()
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.ok(performance.now() - at < 8_000, 'not the ten seconds that a config may take')
  await poll(() => server.processes().length === 0, { what: 'nothing is left' })
})

test('a killed arbiter takes a looping config with it', async (t) => {
  const { server, reload } = await startConfigured(t, { app: probeApp, bind: '127.0.0.1:0' })
  const mark = await reload('console.log("begun"); for (;;);')
  await server.waitForLog(/^begun$/m, { after: mark })
  server.signal('SIGKILL')
  await poll(() => server.processes().length === 0, { deadline: 8_000, what: 'nothing is left' })
})

test('HUP reads everything again: app, workers, env, timeouts; a generation that fails brings nothing', async (t) => {
  const { path } = temporaryFolder(t)
  const config = { app: './app.mjs', workers: 2, bind: '127.0.0.1:0', env: { COLOUR: 'red' } }
  const { server, files, reload } = await startConfigured(t, config, {
    'app.mjs': probeSource('one'),
    'other.mjs': probeSource('other'),
    'broken.mjs': 'throw new Error("broken on purpose")',
  })
  const colour = async () => (await request(server, '/env?name=COLOUR')).body
  assert.equal(await colour(), '"red"')

  const failing = {
    ...config,
    app: './broken.mjs',
    workers: 4,
    env: { COLOUR: 'blue' },
    bind: [config.bind, `unix:${path('x.sock')}`],
  }
  const failed = await reload(failing)
  await server.waitForLog(/Reload: generation 2 failed: .*; generation 1 stays/, { after: failed })
  await poll(() => !existsSync(path('x.sock')), { what: 'the new address is given up' })
  assert.equal(server.workers().length, 2)
  assert.equal(await colour(), '"red"')

  const mark = await reload({ ...failing, app: './other.mjs' })
  await server.waitForLog(/Ready: generation 3, 4 workers/, { after: mark })
  assert.equal(await colour(), '"blue"')
  const { version, count } = await identify({ port: 0, socketPath: path('x.sock') })
  assert.deepEqual([version, count], ['other', '4'])
  assert.ok(files.folder)
})

test('what TTIN and TTOU set is kept over HUP until workers in the settings changes', async (t) => {
  const config = { app: probeApp, workers: 1, bind: '127.0.0.1:0' }
  const { server, reload } = await startConfigured(t, config)
  server.signal('SIGTTIN')
  await server.waitForLog(/Ready: generation 1, 2 workers/)
  const same = await reload({ ...config, env: { A: '1' } })
  await server.waitForLog(/Ready: generation 2, 2 workers/, { after: same })
  const changed = await reload({ ...config, workers: 3 })
  await server.waitForLog(/Ready: generation 3, 3 workers/, { after: changed })
})

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await poll(() => server.listening, { what: 'a port is found' })
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
