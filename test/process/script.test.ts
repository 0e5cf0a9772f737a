import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import net from 'node:net'
import { describe, test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { identify, refuses, request } from './harness/request.js'
import { freePort, script, startScript } from './harness/script.js'
import { ended, runServer, startServer } from './harness/server.js'

describe('a script that calls listen() itself', () => {
  const ways = {
    'at import': (port: number) => `server.listen(${port}, '127.0.0.1')`,
    'at every address': (port: number) => `server.listen(${port})`,
    'with options': (port: number) => `server.listen({ port: ${port}, host: 'localhost', backlog: 10 })`,
    'when it has connected': (port: number) => `setTimeout(() => server.listen(${port}, '127.0.0.1'), 200)`,
  }
  for (const [when, what] of Object.entries(ways)) {
    test(`${when}, without -b: two workers share its own address, HUP loses nothing`, async (t) => {
      const { server, target } = await startScript(t, (port) => script(what(port)))
      assert.equal((await identify(target)).version, 'script')
      const load = startLoad(t, target)
      await load.answers(20)
      server.signal('SIGHUP')
      await server.waitForLog(/Ready: generation 2, 2 workers/)
      await load.answers(40)
      assertNoneFailed(await load.stop())
      // The first worker only said what it needs.
      assert.equal((server.log().match(/Booting worker/g) ?? []).length, 1 + 2 + 2)
      server.signal('SIGTERM')
      assert.equal((await ended(server)).code, 0)
    })
  }

  test('with -b it gets that address, and address() tells the truth', async (t) => {
    const port = await freePort()
    const source = script(`server.listen(${port}, () => console.error('it says', server.address().port))`)
    const { path } = temporaryFolder(t, { 'server.mjs': source })
    const server = await startServer(t, { app: path('server.mjs'), args: ['-w', '2'] })
    assert.notEqual(server.port, port)
    assert.equal((await identify(server)).version, 'script')
    assert.ok(await refuses({ port }))
    await server.waitForLog(new RegExp(`it says ${server.port}`))
  })

  test('beside an export: the server that listens is the app', async (t) => {
    const source = script("server.listen(3000)\nexport default () => 'not served'")
    const { path } = temporaryFolder(t, { 'server.mjs': source })
    const server = await startServer(t, { app: path('server.mjs') })
    assert.equal((await identify(server)).version, 'script')
  })

  test('its backlog is the one of the settings', async (t) => {
    const { path } = temporaryFolder(t, { 'server.mjs': script('server.listen(3000)') })
    const server = await startServer(t, { app: path('server.mjs'), args: ['--backlog', '77'] })
    const { error, stdout } = spawnSync('ss', ['-ltnH', `sport = :${server.port}`], { encoding: 'utf8' })
    if (error && process.env.CI !== 'true') t.skip('it needs ss, of iproute2')
    else assert.equal(String(stdout).trim().split(/\s+/)[2], '77')
  })

  test('a release that listens elsewhere fails its reload, the old one stays', async (t) => {
    const { server, target, folder } = await startScript(t, (port) =>
      script(`server.listen(${port}, '127.0.0.1')`),
    )
    const other = await freePort()
    folder.deploy('server.mjs', script(`server.listen(${other}, '127.0.0.1')`, 'elsewhere'))
    server.signal('SIGHUP')
    await server.waitForLog(
      /Reload: generation 2 failed: .*listens at 127\.0\.0\.1:\d+ by itself.*--bind.*stays/,
    )
    assert.equal((await identify(target)).version, 'script')
  })

  test('an address in use ends the start with exit code 1 and names its holder', async (t) => {
    const port = await freePort()
    const holder = net.createServer().listen(port, '127.0.0.1')
    t.after(() => holder.close())
    const { path } = temporaryFolder(t, { 'server.mjs': script(`server.listen(${port}, '127.0.0.1')`) })
    const { code, log } = await runServer(t, { app: path('server.mjs'), withoutBind: true })
    assert.equal(code, 1)
    assert.match(log, new RegExp(`Address http://127\\.0\\.0\\.1:${port} is already in use`))
  })
})

test('port 0 and private ports stay the own of each worker', async (t) => {
  const metrics = await freePort()
  const source = script(`
    createServer((_, response) => response.end('zero')).listen(0, '127.0.0.1', function () {
      console.error('zero at', this.address().port)
    })
    createServer((_, response) => response.end('metrics')).listen(${metrics}, '127.0.0.1')
    server.listen(3000)`)
  const { path } = temporaryFolder(t, { 'server.mjs': source })
  const server = await startServer(t, {
    app: path('server.mjs'),
    args: ['-w', '1', '--private-port', String(metrics)],
  })
  const [, zero] = await server.waitForLog(/zero at (\d+)/)
  assert.equal((await request({ port: Number(zero) })).body, 'zero')
  assert.equal((await request({ port: metrics })).body, 'metrics')
  assert.equal((await identify(server)).version, 'script')
})

test("--wait-ready: a worker is ready when its app has said process.send('ready')", async (t) => {
  const { path, deploy } = temporaryFolder(t, {
    'server.mjs': script("server.listen(3000, () => process.send('ready'))"),
  })
  const args = ['-w', '2', '--wait-ready', '--boot-timeout', '3']
  const server = await startServer(t, { app: path('server.mjs'), args })
  deploy('server.mjs', script('server.listen(3000)', 'silent'))
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 failed: boot-timeout.*generation 1 stays/)
  await poll(async () => (await identify(server)).version === 'script', { what: 'the old one serves' })
})

const refusals = {
  'listens a second time with the same server': [
    'server.listen(3000); server.close(() => server.listen(3001))',
    3,
    /listens a second time, at \[::\]:3001, with one server.*another server/,
  ],
  'never listens and exports nothing': ['', 4, /exports nothing, and no HTTP server of it listens/],
  'fails before it listens': ["setTimeout(() => { throw new Error('no database') }, 50)", 3, /no database/],
  'ends before it listens': ['setTimeout(() => process.exit(0), 50)', 3, /exit code 0/],
} as const
for (const [what, [source, exitCode, says]] of Object.entries(refusals)) {
  test(`a script that ${what} is refused with exit code ${exitCode}`, async (t) => {
    const { path } = temporaryFolder(t, { 'server.mjs': script(source) })
    const { code, log } = await runServer(t, { app: path('server.mjs') })
    assert.equal(code, exitCode)
    assert.match(log, says)
  })
}

test('--check-config says that it is a script, and nothing listens', async (t) => {
  const port = await freePort()
  const { path } = temporaryFolder(t, {
    'server.mjs': script(`server.listen(${port}, '127.0.0.1', () => console.log('it listens'))`),
  })
  const { code, stdout } = await runServer(t, { app: path('server.mjs'), args: ['--check-config'] })
  assert.equal(code, 0)
  assert.match(stdout, /server\.mjs is a script\./)
  assert.doesNotMatch(stdout, /it listens/)
})
