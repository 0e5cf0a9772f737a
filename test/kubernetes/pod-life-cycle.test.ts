import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { checkManifests } from '../../src/kubernetes/check.js'
import { probeSource, temporaryFolder } from '../process/harness/application.js'
import { assertNoneFailed, type Load, startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { RequestFailure, request } from '../process/harness/request.js'
import { deploymentWith, shippedPod } from './manifests.js'
import { type Pod, startPod, type Termination } from './pod.js'
import { type Service, startService } from './service.js'

const clients = { keepAlive: 4, fresh: 4, duration: 20 }
/** Longer than any pod here may take. */
const grace = 25_000

/** A service with two pods of these settings, and clients that ask it. */
async function startTwo(
  t: TestContext,
  ...args: string[]
): Promise<{ service: Service; first: Pod; load: Load }> {
  const service = await startService(t)
  const pods = await Promise.all([1, 2].map(() => startPod(t, { args })))
  await Promise.all(pods.map((pod) => pod.join(service)))
  const load = startLoad(t, service, clients)
  await load.answers(100)
  const [first] = pods
  assert.ok(first)
  return { service, first, load }
}

function endedByItself({ isKilled, code, took }: Termination): void {
  assert.deepEqual({ isKilled, code }, { isKilled: false, code: 0 }, `after ${Math.round(took)} ms`)
}

/** How many of the load's answers a pod gave. */
function answersOf({ server }: Pod, { tally }: Load): number {
  const pids = [...server.log().matchAll(/Booting worker with pid: (\d+)/g)].map(([, pid]) => Number(pid))
  return pids.reduce((sum, pid) => sum + (tally.pids.get(pid) ?? 0), 0)
}

describe('the life of a pod', { concurrency: 2 }, () => {
  for (const lag of [0, 1000, 3000]) {
    test(`the cluster sends to it for ${lag} ms after TERM, and nothing is lost with a delay above that`, async (t) => {
      const { service, first, load } = await startTwo(t, '--shutdown-delay', `${lag + 1000}ms`)
      const before = answersOf(first, load)
      endedByItself(await first.end(service, { lag, grace }))
      if (lag > 0) assert.ok(answersOf(first, load) > before, 'it was asked after TERM')
      await load.answers(100)
      assertNoneFailed(await load.stop())
    })
  }

  for (const lag of [1000, 3000]) {
    test(`without a delay ${lag} ms of it are seen as failures`, async (t) => {
      const { service, first, load } = await startTwo(t, '--shutdown-delay', '0')
      endedByItself(await first.end(service, { lag, grace }))
      const { failures, answered } = await load.stop()
      assert.ok(failures.length > 0, `${answered} answered`)
    })
  }

  test('a rolling update of two pods loses nothing, and ends with the new version alone', async (t) => {
    const lag = 1000
    const args = ['--shutdown-delay', '2']
    const { path } = temporaryFolder(t, { 'one.mjs': probeSource('one'), 'two.mjs': probeSource('two') })
    const service = await startService(t)
    const start = async (version: string) => {
      const pod = await startPod(t, { app: path(`${version}.mjs`), args })
      await pod.join(service)
      return pod
    }
    const old = [await start('one'), await start('one')]
    const load = startLoad(t, service, clients)
    await load.answers(100)
    const endings: Promise<Termination>[] = []
    // One pod more at a time, and none less: the next begins as soon as an old one is told to end.
    for (const pod of old) {
      await start('two')
      endings.push(pod.end(service, { lag, grace }))
    }
    for (const ending of await Promise.all(endings)) endedByItself(ending)
    const { versions } = load.tally
    const [one, two] = [versions.get('one'), versions.get('two') ?? 0]
    await load.answers(100)
    const tally = await load.stop()
    assertNoneFailed(tally)
    assert.equal(tally.versions.get('one'), one)
    assert.ok((tally.versions.get('two') ?? 0) >= two + 100)
  })

  test('a pod whose request never ends is gone before the KILL, at the graceful timeout', async (t) => {
    const service = await startService(t)
    const pod = await startPod(t, { args: ['--shutdown-delay', '1', '--graceful-timeout', '2'] })
    await pod.join(service)
    const held = request(service, '/held?until=/never&announce=held').catch((error: unknown) => error)
    await pod.server.waitForLog(/running held/)
    endedByItself(await pod.end(service, { lag: 500, grace: neededBy('1', '2') }))
    assert.ok((await held) instanceof RequestFailure)
  })

  test('a grace period below the sum costs the request that is running, and the check has said so', async (t) => {
    const times = ['1', '8'] as const
    const answer = async (period: number) => {
      const service = await startService(t)
      const pod = await startPod(t, { args: ['--shutdown-delay', times[0], '--graceful-timeout', times[1]] })
      await pod.join(service)
      const long = request(service, '/?ms=4000').then(
        ({ status }) => status,
        (error: RequestFailure) => error.kind,
      )
      await poll(async () => (await metric(pod)) === 1, { what: 'the request runs' })
      const { isKilled } = await pod.end(service, { lag: 500, grace: period })
      return { isKilled, answer: await long }
    }
    const [short, enough] = await Promise.all([answer(2_000), answer(neededBy(...times))])
    assert.deepEqual(enough, { isKilled: false, answer: 200 })
    assert.equal(short.isKilled, true)
    assert.match(String(short.answer), /ECONNRESET/)
  })

  test('the probes of the Deployment: it starts, says no when it is told to end, and stays alive while it serves', async (t) => {
    const { args, startupProbe, readinessProbe, livenessProbe } = shippedPod().container
    const service = await startService(t)
    const own = ['--bind=127.0.0.1:0', '--shutdown-delay=60', '--workers=1']
    const pod = await startPod(t, {
      args: [...args.slice(0, -1).filter((arg) => !/^--(bind|admin|log-format)=/.test(arg)), ...own],
    })
    await pod.join(service)
    const ask = () =>
      Promise.all([startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => pod.probe(httpGet.path)))
    assert.deepEqual(await ask(), [200, 200, 200])
    pod.server.signal('SIGTERM')
    await poll(async () => (await pod.probe(readinessProbe.httpGet.path)) === 503, {
      what: 'it is not ready',
    })
    assert.deepEqual(await ask(), [503, 503, 200])
    assert.equal((await request(service)).status, 200)
  })
})

/** The requests in flight that the pod's page of metrics tells. */
async function metric(pod: Pod): Promise<number> {
  const [, value] = /^nworkers_in_flight\{.*\} (\d+)$/m.exec((await pod.page('/metrics')).body) ?? []
  return Number(value)
}

/** The grace period in milliseconds that the check asks for. */
function neededBy(delay: string, gracefulTimeout: string): number {
  const text = deploymentWith(
    ['--shutdown-delay=10s', `--shutdown-delay=${delay}`],
    ['--graceful-timeout=30s', `--graceful-timeout=${gracefulTimeout}`],
    ['terminationGracePeriodSeconds: 50', 'terminationGracePeriodSeconds: 2'],
  )
  const { findings } = checkManifests([{ name: 'deployment.yaml', text }])
  const [, seconds] =
    findings.map((finding) => / is 2, and the pod may need (\d+) s/.exec(finding.text)).find(Boolean) ?? []
  assert.ok(seconds, 'the check asks for more')
  return Number(seconds) * 1000
}
