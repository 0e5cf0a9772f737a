import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { ask, type Control, startControlled } from './harness/control.js'
import { poll } from './harness/poll.js'
import { signalProcess } from './harness/processes.js'
import { request } from './harness/request.js'
import type { Server } from './harness/server.js'
import { findCommand } from './harness/unprivileged.js'

const promClient = path.join(projectFolder, 'node_modules/prom-client/index.js')

const measuredApp = `
import client from ${JSON.stringify(promClient)}
import { shareMetrics } from ${JSON.stringify(path.join(projectFolder, 'dist/src/index.js'))}
client.collectDefaultMetrics()
const served = new client.Counter({ name: 'shop_orders_total', help: 'Orders.', labelNames: ['kind'] })
const took = new client.Histogram({ name: 'shop_order_seconds', help: 'Time.', buckets: [0.1, 1] })
const own = new client.Registry()
new client.Gauge({ name: 'shop_carts', help: 'Carts.', registers: [own] }).set(2)
shareMetrics(own)
export const app = (request, response) => {
  if (request.url === '/exit') process.exit(1)
  response.statusCode = request.url === '/missing' ? 404 : 200
  served.inc({ kind: 'book' })
  took.observe(0.5)
  response.end(String(process.pid))
}
`

async function metrics({ socketPath }: Control): Promise<string> {
  return (await ask(socketPath, 'GET', '/v1/metrics')).body
}

/** The sum over the samples whose name and labels match. */
function sum(text: string, sample: RegExp): number {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#') && sample.test(line))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
}

/** Waits until the metric is this. */
function becomes(control: Control, sample: RegExp, value: number): Promise<true> {
  let seen = Number.NaN
  return poll(
    async () => {
      seen = sum(await metrics(control), sample)
      return seen === value
    },
    { what: `${sample} is ${value}` },
  ).catch((error: unknown) => {
    throw new Error(`${sample} is ${seen}, not ${value}`, { cause: error })
  })
}

async function send(server: Server, count: number, route = '/'): Promise<void> {
  for (let sent = 0; sent < count; sent++) await request(server, route)
}

test('counters of nworkers and of the app outlive reloads and deaths, and sum over the workers', async (t) => {
  const { path: at } = temporaryFolder(t, { 'app.mjs': measuredApp })
  const { server, control } = await startControlled(t, { app: `${at('app.mjs')}:app`, args: ['-w', '2'] })
  await send(server, 8)
  await send(server, 2, '/missing')
  await becomes(control, /^nworkers_requests_total\{.*status="2xx"/, 8)
  await becomes(control, /^nworkers_requests_total\{.*status="4xx"/, 2)
  await becomes(control, /^shop_orders_total\{kind="book"\}/, 10)
  await becomes(control, /^shop_carts /, 4)

  assert.equal((await control.ctl('reload', '--wait')).code, 0)
  await send(server, 5)
  await becomes(control, /^nworkers_request_duration_seconds_count/, 15)
  await becomes(control, /^shop_orders_total/, 15)
  await becomes(control, /^shop_order_seconds_bucket\{le="1"\}/, 15)

  await becomes(control, /^nworkers_requests_total\{.*status="2xx"/, 13)
  await request(server, '/exit').catch(() => {})
  await becomes(control, /^nworkers_worker_exits_total\{reason="crash"\}/, 1)
  await becomes(control, /^nworkers_workers\{state="ready"\}/, 2)
  assert.equal(sum(await metrics(control), /^shop_orders_total/), 15)
  await becomes(control, /^nworkers_reloads_total\{verdict="done"\}/, 1)

  const promtool = findCommand('promtool')
  if (!promtool) t.diagnostic('promtool is not installed, so the text is not checked by it')
  else {
    const text = await metrics(control)
    const ours = text.split('\n\n').filter((family) => family.startsWith('# HELP nworkers_'))
    const whole = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' })
    assert.doesNotMatch(whole.stderr, /error while|nworkers_/)
    const own = spawnSync(promtool, ['check', 'metrics'], {
      input: `${ours.join('\n\n')}\n`,
      encoding: 'utf8',
    })
    assert.deepEqual([own.status, own.stderr], [0, ''])
  }
})

test('a worker that is busy, or whose metrics are broken, holds up no scrape', async (t) => {
  const source = `${measuredApp}
shareMetrics({ getMetricsAsJSON: async () => [{ name: 'odd', help: '', type: 'gauge', aggregator: 'none', values: 7 }] })
shareMetrics({ getMetricsAsJSON: async () => [{ name: 'odder', help: '', type: 'counter', aggregator: 'sum', values: [null, {}, 7] }] })
shareMetrics({ getMetricsAsJSON: async () => { throw new Error('no metrics') } })
`
  const { path: at } = temporaryFolder(t, { 'app.mjs': source })
  const { server, control } = await startControlled(t, { app: `${at('app.mjs')}:app`, args: ['-w', '2'] })
  await send(server, 4)
  await becomes(control, /^shop_orders_total/, 4)
  const [stopped] = server.workers()
  assert.ok(stopped)
  signalProcess(stopped.pid, 'SIGSTOP')
  t.after(() => signalProcess(stopped.pid, 'SIGKILL'))
  const began = performance.now()
  assert.equal(sum(await metrics(control), /^shop_orders_total/), 4)
  assert.ok(performance.now() - began < 10_000)
})
