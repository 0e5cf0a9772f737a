import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serverNode } from '../process/harness/server.js'
import type { ChaosOptions } from './options.js'
import { isGood, notExcused, type Outcome } from './outcome.js'
import { summarise, writeReport } from './report.js'
import { runChaos } from './run.js'

async function chaos(t: TestContext, options: Partial<ChaosOptions>): Promise<Outcome> {
  const outcome = await runChaos({
    seconds: 15,
    workers: 4,
    seed: 1,
    mode: 'calm',
    load: 1,
    node: serverNode,
    json: undefined,
    settings: {},
    ...options,
  })
  for (const line of writeReport(outcome).split('\n')) t.diagnostic(line)
  return outcome
}

/** Every kind of client was served, and the run did what it is for. */
function assertBusy(outcome: Outcome, done: readonly string[]): void {
  for (const [client, { ok }] of outcome.tallies) assert.ok(ok > 0, `${client} was never served`)
  const summary = summarise(outcome)
  for (const name of done) assert.ok(Number(summary[name]) > 0, `${name}: ${summary[name]}`)
}

// On such a load gunicorn 26 loses 10 to 100 keep-alive requests in 4 reloads, PM2 7 33 in 3 and Watt 3.65 13 in 3.
test('reloads, scaling, recycling and broken deploys under mixed load: 0 requests are lost, none is excused', async (t) => {
  const outcome = await chaos(t, { seconds: 20, mode: 'calm', seed: 18 })
  assert.ok(isGood(outcome), writeReport(outcome))
  assert.equal(summarise(outcome).excused, 0)
  assertBusy(outcome, ['reloads ok', 'reloads rolled back', 'recycled'])
})

test('kills, stops and busy loops as well: only what the workers hit were answering is lost', async (t) => {
  const outcome = await chaos(t, { seconds: 15, mode: 'crash', seed: 30 })
  assert.ok(isGood(outcome), writeReport(outcome))
  assertBusy(outcome, ['reloads ok', 'crashes by SIGKILL', 'crashes by SIGSTOP', 'crashes by a busy loop'])
})

test('the driver bites: with the drain switched off it reports lost requests of every kind that takes its time', async (t) => {
  const settings = { 'graceful-timeout': '1ms', 'drain-linger': '0' }
  const outcome = await chaos(t, { seconds: 5, settings })
  const hit = new Set(notExcused(outcome).map(({ client }) => client))
  for (const client of ['slow upload', 'slow download']) assert.ok(hit.has(client), `${client} found nothing`)
})

test('the driver bites: an app that cuts its connections when it is to drain gives exit code 1 and a report', () => {
  const main = fileURLToPath(new URL('main.js', import.meta.url))
  const words = ['--seconds', '5', '--workers', '2', '--node', serverNode]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    env: { ...process.env, CHAOS_SABOTAGE: 'abrupt' },
    timeout: 120_000,
    maxBuffer: 2 ** 26,
  })
  assert.deepEqual({ status, signal }, { status: 1, signal: null }, `${stdout}\n${stderr}`)
  assert.match(stdout, /NOT EXCUSED, by kind:\n(.*\n)*? {2}\d+ × event stream: /)
  assert.match(stdout, /NOT EXCUSED .*\n.* last action: .*\n {2}\| /)
})
