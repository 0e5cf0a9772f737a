import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { identify, refuses, request, type Target } from './harness/request.js'
import { exporting, freePort, script, startScript } from './harness/script.js'
import { ended, runServer, startServer } from './harness/server.js'

/** The source of a further server at this port. */
const another = (port: number) => `createServer(app).listen(${port}, '127.0.0.1')`

/** Waits until so many workers have answered there. */
async function answerAll(target: Target, workers: number): Promise<void> {
  const pids = new Set<number>()
  const answers = async () => {
    const answer = await request(target).catch(() => undefined)
    if (answer) pids.add(answer.pid)
    return pids.size === workers
  }
  await poll(answers, { deadline: 20_000, what: `${workers} workers answer at port ${target.port}` })
}

test('two servers of a script: workers share both addresses, HUP loses nothing at either, a stop drains both', async (t) => {
  const second = { port: await freePort() }
  const source = (port: number) => script(`server.listen(${port}, '127.0.0.1')\n${another(second.port)}`)
  const { server, target } = await startScript(t, source)
  await server.waitForLog(/Ready: generation 1, 2 workers/)
  const loads = [startLoad(t, target), startLoad(t, second)]
  for (const load of loads) await load.answers(20)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  for (const load of loads) {
    await load.answers(40)
    const tally = await load.stop()
    assertNoneFailed(tally)
    assert.ok(tally.pids.size >= 3, `${tally.pids.size} workers answered`)
  }
  // Two have only said what they need, and at a reload that is known.
  assert.equal((server.log().match(/Booting worker/g) ?? []).length, 2 + 2 + 2)
  const running = [request(target, '/?ms=500'), request(second, '/?ms=500')]
  await poll(async () => (await refuses(target)) === false, { what: 'it serves' })
  server.signal('SIGTERM')
  for (const answer of await Promise.all(running)) assert.equal(answer.status, 200)
  assert.equal((await ended(server)).code, 0)
  assert.ok(await refuses(second))
})

test('with -b the first server gets it, and the second its own address', async (t) => {
  const [own, second] = [await freePort(), await freePort()]
  const source = script(`server.listen(${own}, '127.0.0.1')\n${another(second)}`)
  const { path } = temporaryFolder(t, { 'server.mjs': source })
  const server = await startServer(t, { app: path('server.mjs'), args: ['-w', '2'] })
  await answerAll(server, 2)
  await answerAll({ port: second }, 2)
  assert.ok(await refuses({ port: own }))
})

test('addresses of --bind that have the ports of the servers go to them', async (t) => {
  const [first, second] = [await freePort(), await freePort()]
  const named = (name: string, port: number) =>
    `createServer((_, response) => response.end('${name}')).listen(${port})`
  const { path } = temporaryFolder(t, {
    'server.mjs': script(`${named('second', second)}\n${named('first', first)}`),
  })
  const binds = [first, second].flatMap((port) => ['-b', `127.0.0.1:${port}`])
  await startServer(t, { app: path('server.mjs'), args: ['-w', '1', ...binds] })
  assert.equal((await request({ port: first })).body, 'first')
  assert.equal((await request({ port: second })).body, 'second')
})

test('a server that listens when the workers serve: they are replaced without a loss, and at HUP they wait for it', async (t) => {
  const second = { port: await freePort() }
  const source = (port: number) =>
    script(`server.listen(${port}, '127.0.0.1')\nsetTimeout(() => ${another(second.port)}, 1000)`)
  const { server, target } = await startScript(t, source)
  const load = startLoad(t, target)
  await answerAll(second, 2)
  await poll(() => (server.log().match(/exited: request/g) ?? []).length >= 3, { what: 'both are replaced' })
  const further = startLoad(t, second)
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 serves/)
  for (const one of [load, further]) {
    await one.answers(40)
    assertNoneFailed(await one.stop())
  }
})

test('a further server beside an exported app is served at its own address', async (t) => {
  const second = { port: await freePort() }
  const ways = [another(second.port), `setTimeout(() => createServer(other).listen(${second.port}), 700)`]
  const source = exporting(`const other = (_, response) => response.end('other')\n${ways[1]}`)
  const { path } = temporaryFolder(t, { 'server.mjs': source })
  const server = await startServer(t, { app: path('server.mjs'), args: ['-w', '2'] })
  await poll(async () => (await request(second).catch(() => undefined))?.body === 'other', {
    deadline: 20_000,
    what: 'the other server answers',
  })
  assert.equal((await identify(server)).version, 'script')
})

test('a further address that is in use ends the start, and names its holder', async (t) => {
  const port = await freePort()
  const holder = net.createServer().listen(port, '127.0.0.1')
  t.after(() => holder.close())
  const { path } = temporaryFolder(t, { 'server.mjs': script(`server.listen(3000)\n${another(port)}`) })
  const { code, log } = await runServer(t, { app: path('server.mjs') })
  assert.equal(code, 1)
  assert.match(log, new RegExp(`Address http://127\\.0\\.0\\.1:${port} is already in use`))
})

test('a release that no longer listens at a further address fails its reload, and says so', async (t) => {
  const second = await freePort()
  const source = (port: number) => script(`server.listen(${port}, '127.0.0.1')\n${another(second)}`)
  const { server, folder, port } = await startScript(t, source, ['--boot-timeout', '7'])
  folder.deploy('server.mjs', script(`server.listen(${port}, '127.0.0.1')`, 'alone'))
  server.signal('SIGHUP')
  await server.waitForLog(new RegExp(`does not listen at 127\\.0\\.0\\.1:${second}, as it did before`))
  await server.waitForLog(/Reload: generation 2 failed: boot-timeout.*generation 1 stays/)
  assert.equal((await identify({ port: second })).version, 'script')
})
