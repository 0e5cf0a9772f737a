import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { assertNoneFailed, startLoad, type Tally } from './harness/load.js'
import { poll } from './harness/poll.js'
import { isAlive, signalProcess } from './harness/processes.js'
import { identify, RequestFailure, request } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'

function replaced(server: Server, slot: number, pid: number): Promise<number> {
  return poll(() => server.workers().find((worker) => worker.slot === slot && worker.pid !== pid)?.pid, {
    what: `slot ${slot} has a new worker`,
  })
}

/** Who began each request, by the notes that the workers made. */
function beginners(folder: string): Map<string, number> {
  const began = new Map<string, number>()
  for (const name of readdirSync(folder)) {
    for (const id of readFileSync(`${folder}/${name}`, 'utf8').split('\n')) began.set(id, Number(name))
  }
  return began
}

/** Fails if a request was lost that none of these workers was answering, or if none was lost at all. */
function assertLostWith(
  gone: number[],
  { failures }: Tally,
  { journal, clients }: { journal: string; clients: number },
): void {
  const began = beginners(journal)
  for (const { id, kind, pid } of failures) {
    assert.match(kind, /^(body )?(ECONNRESET|EPIPE)/)
    const worker = began.get(id) ?? pid
    assert.ok(worker === undefined || gone.includes(worker), `${id} failed at ${worker}, which went on`)
  }
  assert.ok(failures.length <= gone.length * clients, `${failures.length} failed`)
  assert.ok(failures.length > 0, 'the test ends workers while they answer')
}

test('kill -9 of workers under load: only what they were answering fails, each slot gets a new worker', async (t) => {
  const { folder } = temporaryFolder(t)
  const server = await startServer(t, { args: ['-w', '4'] })
  const load = startLoad(t, server, { duration: 20, journal: folder })
  const killed: number[] = []
  for (const { slot, pid } of server.workers()) {
    await load.answers(50)
    signalProcess(pid, 'SIGKILL')
    killed.push(pid)
    await server.waitForLog(new RegExp(`Worker ${pid} \\(slot ${slot}\\) exited: .*(killed|SIGKILL)`))
    await replaced(server, slot, pid)
  }
  await load.answers(50)
  const tally = await load.stop()
  assertLostWith(killed, tally, { journal: folder, clients: load.clients })
  t.diagnostic(
    `${tally.failures.length} requests failed and ${tally.answered} did not, over ${killed.length} kills`,
  )
})

test('process.exit(0) in a handler under load: only what that worker was answering fails; then reload and stop lose nothing', async (t) => {
  const { folder } = temporaryFolder(t)
  const server = await startServer(t, { args: ['-w', '4'] })
  const load = startLoad(t, server, { duration: 20, journal: folder })
  const gone: number[] = []
  for (let times = 1; times <= 3; times++) {
    await load.answers(50)
    const after = server.mark()
    const failure = await request(server, '/exit?code=0').catch((error: RequestFailure) => error)
    assert.ok(failure instanceof RequestFailure)
    const [, pid, slot] = await server.waitForLog(/Worker (\d+) \(slot (\d+)\) exited: .*crash/, { after })
    gone.push(Number(pid))
    await replaced(server, Number(slot), Number(pid))
  }
  await load.answers(50)
  assertLostWith(gone, await load.stop(), { journal: folder, clients: load.clients })

  const next = startLoad(t, server, { duration: 20 })
  await next.answers(20)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 4 workers/)
  await next.answers(50)
  assertNoneFailed(await next.stop())
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
})

/** A request that is in its handler, which calls `process.exit` when it is released. */
async function holdExit(t: TestContext, server: Server) {
  const until = temporaryFolder(t).path('released')
  const outcome = request(server, `/exit?${new URLSearchParams({ until, announce: until })}`).catch(
    (failure: RequestFailure) => failure,
  )
  await server.waitForLog(new RegExp(`running ${until}`))
  return { outcome, release: () => writeFileSync(until, '') }
}

test('process.exit in a handler while its worker drains: the reload and the stop go on', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--graceful-timeout', '600'] })
  const old = await holdExit(t, server)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/)
  const after = server.mark()
  old.release()
  assert.ok((await old.outcome) instanceof RequestFailure)
  await poll(() => server.workers().length === 2, { what: 'only the new generation is left' })
  assert.equal((await identify(server)).generation, '2')
  assert.doesNotMatch(server.log(after), /Booting/)

  const last = await holdExit(t, server)
  server.signal('SIGTERM')
  await server.waitForLog(/Worker \d+ \(slot \d+\) exited: stop/, { after })
  last.release()
  assert.equal((await ended(server)).code, 0)
  assert.ok((await last.outcome) instanceof RequestFailure)
})

test('a worker whose app throws later says its stack, and is replaced', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  const failure = await request(server, '/throw').catch((error: RequestFailure) => error)
  assert.ok(failure instanceof RequestFailure)
  const [, pid, slot] = await server.waitForLog(/Worker (\d+) \(slot (\d+)\) exited: .*crash/)
  assert.match(server.log(), /Error: thrown on request\n\s+at /)
  await replaced(server, Number(slot), Number(pid))
  assert.ok(isAlive(server.pid))
})

test('a worker whose app exits is replaced, and the log says with which code', async (t) => {
  const server = await startServer(t, { args: ['-w', '2'] })
  await request(server, '/exit?code=42').catch(() => {})
  const [, pid, slot] = await server.waitForLog(/Worker (\d+) \(slot (\d+)\) exited: .*crash.*42/)
  await replaced(server, Number(slot), Number(pid))
})

/** Code that ends the worker, if it is of this slot, a moment after both the file and the worker are there. */
function crashWhenExists(file: string, slot = 'any'): string {
  return `import { existsSync } from 'node:fs'
    const isMeant = [process.env.NWORKERS_WORKER_SLOT, 'any'].includes(${JSON.stringify(slot)})
    const crash = () => existsSync(${JSON.stringify(file)}) && process.exit(7)
    if (isMeant) setInterval(crash, 200)`
}

test('a crash loop is slowed down more and more, the others serve and the arbiter lives; gunicorn booted 197 workers in 10 s (E4)', async (t) => {
  const { path, deploy } = temporaryFolder(t)
  deploy('app.mjs', probeSource('one', crashWhenExists(path('crash'), '1')))
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'] })
  const healthy = server.workers().find(({ slot }) => slot === 0)

  deploy('crash', '')
  const boots = () =>
    server.lines().filter(({ text }) => /Booting worker with pid: \d+ \(slot 1\)/.test(text))
  const times = await poll(() => boots().length >= 6 && boots().map(({ at }) => at), {
    deadline: 60_000,
    what: 'slot 1 was booted 6 times',
  })
  // Not the first one, which had a life before its crash.
  const gaps = times.slice(2).map((at, index) => at - (times[index + 1] ?? 0))
  assert.ok((gaps.at(-1) ?? 0) > 1.5 * (gaps[0] ?? 0), `the gaps between boots grow: ${gaps.map(Math.round)}`)
  assert.match(server.log(), /Worker \d+ \(slot 1\) exited: .*crash.*7/)

  assert.equal((await identify(server)).version, 'one')
  assert.deepEqual(
    server.workers().find(({ slot }) => slot === 0),
    healthy,
  )
})

test('when every worker crashes the arbiter lives on, and a mended app with HUP serves', async (t) => {
  const { path, deploy } = temporaryFolder(t)
  deploy('app.mjs', probeSource('crashing', crashWhenExists(path('crash'))))
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'] })
  deploy('crash', '')
  await poll(() => (server.log().match(/exited: /g) ?? []).length >= 4, {
    what: 'workers crash again and again',
  })
  deploy('app.mjs', probeSource('mended'))
  server.signal('SIGHUP')
  await poll(async () => (await identify(server)).version === 'mended', { what: 'the mended app serves' })
  await poll(() => server.workers().length === 2, { what: 'both slots are served' })
  assert.equal(server.child.exitCode, null)
})
