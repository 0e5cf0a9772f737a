import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeApp, temporaryFolder } from './harness/application.js'
import { ask, nworkersctl, startControlled } from './harness/control.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { identify, request } from './harness/request.js'
import { runServer, type Server, startServer } from './harness/server.js'

/** When the log told of the first step up after this moment of the monotonic clock, in milliseconds. */
function firstStepUp(server: Server, since: number): number | undefined {
  return server.lines().find(({ at, text }) => at > since && /Workers: 1 before, \d+ now/.test(text))?.at
}

test('a burst is answered with more workers within two seconds, an idle fleet shrinks, and no request is lost', async (t) => {
  const args = ['--min-workers', '1', '--max-workers', '4', '--scale-down-after', '2']
  const { server, control } = await startControlled(t, { args })
  // There from the beginning to the end, so that it sees every worker come and go.
  const steadyLoad = startLoad(t, server, { keepAlive: 1, fresh: 1, duration: 50, timeout: 60_000 })
  const answered: number[] = []
  for (let burst = 0; burst < 2; burst++) {
    await poll(async () => (await control.status()).workers.length === 1, {
      deadline: 60_000,
      what: 'one worker is left',
    })
    const began = performance.now()
    const load = startLoad(t, server, { keepAlive: 0, fresh: 24, blocking: 100, timeout: 60_000 })
    answered.push(
      (await poll(() => firstStepUp(server, began), { deadline: 60_000, what: 'a step up' })) - began,
    )
    await poll(async () => (await control.status()).target === 4, { deadline: 60_000, what: 'four workers' })
    await load.answers(50)
    assertNoneFailed(await load.stop())
  }
  t.diagnostic(`steps up after ${answered.map(Math.round)} ms`)
  for (const after of answered) assert.ok(after < 2_000, `${answered} ms`)
  if (process.platform === 'linux') assert.match(server.log(), /\(queue: \d+ connections wait\)/)

  await server.waitForLog(/Workers: \d before, 1 now \(idle: at most \d+ % busy for 2 s\)/, {
    deadline: 60_000,
  })
  const tally = await steadyLoad.stop()
  assertNoneFailed(tally)
  assert.ok(tally.pids.size >= 3, `${tally.pids.size} workers have answered`)
  assert.doesNotMatch(server.log(), /Workers: \d before, [05-9]/)
})

test('a worker that a request blocks gets company before it is done, at a unix socket too', async (t) => {
  const socketPath = temporaryFolder(t).path('app.sock')
  const target = { port: 0, socketPath }
  const server = await startServer(t, {
    args: ['--max-workers', '2', '-b', `unix:${socketPath}`],
    withoutBind: true,
  })
  const first = server.workers()[0]
  let isBlocked = true
  const blocked = request(target, '/block?ms=10000&announce=blocked', { timeout: 60_000 }).then((answer) => {
    isBlocked = false
    return answer
  })
  await server.waitForLog(/running blocked/)
  await server.waitForLog(/Workers: 1 before, 2 now \(utilization: \d+ % busy\)/)
  const other = await identify(target)
  assert.ok(isBlocked, 'the other one answers meanwhile')
  assert.notEqual(other.pid, first?.pid)
  assert.equal((await blocked).status, 200)
})

test('an operator is heeded within the bounds; status, metrics and nworkersctl tell them', async (t) => {
  const args = ['--min-workers', '2', '--max-workers', '3']
  const { server, control } = await startControlled(t, { args })
  const scaled = await control.ctl('scale', '9')
  assert.equal(scaled.stdout, 'Workers: 2 before, 3 now. Autoscaling goes on from there, between 2 and 3.\n')
  await server.waitForLog(/Ready: generation 1, 3 workers/)
  server.signal('SIGTTIN')
  await server.waitForLog(/Handling signal: ttin/)
  for (let round = 0; round < 3; round++) server.signal('SIGTTOU')
  await server.waitForLog(/Workers: 3 before, 2 now/)
  const { autoscale, target, lastScale } = await control.status()
  assert.deepEqual([autoscale, target], [{ min: 2, max: 3 }, 2])
  assert.deepEqual([lastScale?.from, lastScale?.to, lastScale?.reason], [3, 2, 'request'])
  const { stdout } = await control.ctl('status')
  assert.match(stdout, /of 2 workers ready \(autoscaled, 2 to 3\)/)
  assert.match(stdout, /Last scale: 3 to 2 workers, \d+s ago, by request/)
  const { body } = await ask(control.socketPath, 'GET', '/v1/metrics')
  assert.match(body, /^nworkers_workers_min 2\nnworkers_workers_max 3|^nworkers_workers_min 2$/m)
  assert.match(body, /^nworkers_workers_max 3$/m)
  assert.match(body, /^nworkers_scales_total\{reason="request"\} 2$/m)
})

test('HUP brings bounds, changes them and takes them away', async (t) => {
  const name = 'nworkers.config.json'
  const socketPath = temporaryFolder(t).path('control.sock')
  const common = { app: probeApp, bind: '127.0.0.1:0', controlSocket: socketPath, drainLinger: 0 }
  const files = temporaryFolder(t, { [name]: JSON.stringify({ ...common, workers: 1 }) })
  const server = await startServer(t, {
    app: null,
    cwd: files.folder,
    args: ['-c', name],
    withoutBind: true,
  })
  const status = async () => JSON.parse((await ask(socketPath, 'GET', '/v1/status')).body)
  async function reload(config: object): Promise<void> {
    files.deploy(name, JSON.stringify({ ...common, ...config }))
    const { code, stderr } = await nworkersctl(['-s', socketPath, 'reload', '--wait'])
    assert.equal(code, 0, stderr)
  }
  await reload({ minWorkers: 2, maxWorkers: 3 })
  await poll(async () => (await status()).target === 2, { what: 'the fewest workers' })
  await nworkersctl(['-s', socketPath, 'scale', '3'])
  await server.waitForLog(/Ready: generation 2, 3 workers/)
  await reload({ minWorkers: 1, maxWorkers: 2, scaleDownAfter: 300 })
  assert.deepEqual(await status().then(({ target, autoscale }) => [target, autoscale]), [
    2,
    { min: 1, max: 2 },
  ])
  const mark = server.mark()
  files.deploy(name, JSON.stringify({ ...common, workers: 7, maxWorkers: 4 }))
  server.signal('SIGHUP')
  await server.waitForLog(/workers in .* is 7, .* Everything stays as it is/, { after: mark })
  await reload({ workers: 1 })
  assert.deepEqual(await status().then(({ target, autoscale }) => [target, autoscale]), [1, null])
})

test('a number to begin with outside the bounds is refused', async (t) => {
  const { code, log } = await runServer(t, { args: ['-w', '5', '--max-workers', '4'] })
  assert.equal(code, 2)
  assert.match(log, /--workers is 5, and workers are to be 1 to 4\./)
})
