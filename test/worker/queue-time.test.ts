import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { durationBounds } from '../../src/ipc/counts.js'
import { hearRequests } from '../../src/worker/connections.js'
import { createQueueTimes, parseRequestStart, queueTimeOf } from '../../src/worker/queue-time.js'

const now = 1_795_370_740_250

test('reads seconds, milliseconds and microseconds, with and without t=', () => {
  for (const text of [
    't=1795370740.250',
    '1795370740.250',
    't=1795370740250',
    '1795370740250',
    't=1795370740250000',
  ])
    assert.equal(parseRequestStart(text), now, text)
  for (const text of [
    '',
    't=',
    't=abc',
    '12',
    't=-1795370740',
    '1e99',
    't=1795370740.250; x',
    '9'.repeat(30),
  ])
    assert.equal(parseRequestStart(text), undefined, text)
})

test('the queue time is what has passed since; a clock slightly ahead is no wait, nonsense is nothing', () => {
  const at = (text: string) =>
    queueTimeOf({ rawHeaders: ['Host', 'a', 'X-Request-Start', text] } as IncomingMessage, now)
  assert.equal(at('t=1795370740.000'), 250)
  assert.equal(at('t=1795370741.000'), 0)
  assert.equal(at('t=1795370900.000'), undefined)
  assert.equal(at('t=1700000000.000'), undefined)
  assert.equal(queueTimeOf({ rawHeaders: ['Host', 'a'] } as IncomingMessage, now), undefined)
})

test('a server counts the queue times of its requests', async (t) => {
  const server = http.createServer((_request, response) => response.end())
  const { begin, read } = createQueueTimes()
  hearRequests(server, begin)
  server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (headers: http.OutgoingHttpHeaders) => {
    const sent = http.get({ port, host: '127.0.0.1', headers, agent: false })
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
  }
  await ask({})
  await ask({ 'X-Request-Start': `t=${Date.now() - 60_000}` })
  await ask({ 'X-Request-Start': `t=${(Date.now() + 1_000) / 1000}` })
  const { counts, sum } = read()
  assert.equal(counts.length, durationBounds.length + 1)
  assert.equal(counts[0], 1)
  assert.equal(counts.at(-1), 1)
  assert.ok(sum >= 60 && sum < 90)
})
