import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { before, type TestContext, test } from 'node:test'
import { temporaryFolder } from '../process/harness/application.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { reload } from '../process/harness/reloads.js'
import { ended, startServer } from '../process/harness/server.js'
import { blocksOf } from '../proxies/page.js'
import { installApps, servedFolder } from './installation.js'

before(installApps, { timeout: 500_000 })

/** The part of an OTLP request that counts; https://opentelemetry.io/docs/specs/otlp/ tells the whole. */
interface TraceRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] }
    scopeSpans: { spans: { kind: number }[] }[]
  }[]
}

/** SPAN_KIND_SERVER. */
const serverKind = 2

/** A collector that counts the spans of servers by the instance that they come from. */
async function startCollector(t: TestContext): Promise<{ url: string; spans: Map<string, number> }> {
  const spans = new Map<string, number>()
  const collector = http.createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { resourceSpans }: TraceRequest = JSON.parse(Buffer.concat(parts).toString())
    for (const { resource, scopeSpans } of resourceSpans) {
      const id =
        resource.attributes.find(({ key }) => key === 'service.instance.id')?.value.stringValue ?? 'none'
      const own = scopeSpans.flatMap((scope) => scope.spans).filter(({ kind }) => kind === serverKind)
      spans.set(id, (spans.get(id) ?? 0) + own.length)
    }
    response.setHeader('Content-Type', 'application/json').end('{}')
  })
  await once(collector.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    collector.closeAllConnections()
    collector.close()
  })
  return { url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`, spans }
}

test('OpenTelemetry by --import: each slot is an instance, and no span is lost over reloads and the stop', async (t) => {
  const collector = await startCollector(t)
  const [telemetry = ''] = blocksOf('observability.md', 'js')
  // Where the packages are found.
  const { path } = temporaryFolder(t, { 'telemetry.mjs': telemetry }, servedFolder)
  const server = await startServer(t, {
    app: 'handler.js:handler',
    cwd: servedFolder,
    args: ['-w', '2', '--import', path('telemetry.mjs')],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    },
  })
  const load = startLoad(t, server, { keepAlive: 2, fresh: 2 })
  await load.answers(50)
  await reload(server, 1, 2)
  await load.answers(50)
  const tally = await load.stop()
  assertNoneFailed(tally)
  server.signal('SIGTERM')
  assert.equal((await ended(server)).code, 0)
  assert.deepEqual([...collector.spans.keys()].sort(), ['slot-0', 'slot-1'])
  const spans = [...collector.spans.values()].reduce((sum, count) => sum + count, 0)
  assert.equal(spans, tally.answered)
})
