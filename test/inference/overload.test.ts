import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { poll } from '../process/harness/poll.js'
import { modelFolder, slow } from './models.js'
import { call } from './protocol.js'
import { type RunningServer, startServer } from './server.js'

const models = modelFolder()
let server: RunningServer
const queueMax = 8

before(async () => {
  server = await startServer({ MODEL: models.write('slow.onnx', slow), QUEUE_MAX: String(queueMax) })
})
after(async () => {
  await server.stop()
  models.remove()
})

const infer = '/v2/models/slow/infer'
/** Rows that keep the model busy for some tens of milliseconds. */
const busy = 64

function ask(headers: Record<string, string> = {}, rows = busy) {
  const x = { name: 'x', datatype: 'FP32', shape: [rows, 1], data: new Array(rows).fill(0.5) }
  return call(server, infer, { headers, body: { inputs: [x] } })
}

/**
 * Opens so many connections, which the next calls use: a busy server takes one new connection between two runs and
 * leaves the others to its neighbours, so that its own queue grows by the connections that it has.
 */
async function openConnections(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => call(server, '/health')))
}

const runs = () => server.metric('inference_compute_seconds_count')

test('past the limit of its queue the server says 503 and when to come again', async () => {
  const refusedBefore = await server.metric('inference_rejected_total{reason="queue-full"}')
  const answers: Awaited<ReturnType<typeof ask>>[] = []
  const withStatus = (wanted: number) => answers.filter(({ status }) => status === wanted)
  // How many wait at a time is a matter of how fast the clients come: tried until it was too many.
  await poll(
    async () => {
      await openConnections(40)
      answers.push(...(await Promise.all(Array.from({ length: 40 }, () => ask()))))
      return withStatus(503).length > 0
    },
    { what: 'some are refused' },
  )
  const served = withStatus(200)
  const refused = withStatus(503)
  assert.equal(served.length + refused.length, answers.length)
  assert.ok(served.length > queueMax, `${served.length} served`)
  for (const { headers, body } of refused) {
    assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    assert.match(body.error ?? '', /^8 requests wait already, as many as may; try again in \d+ s\.$/)
  }
  for (const { body } of served) assert.deepEqual(body.outputs?.[0]?.data, new Array(busy).fill(0.5))
  const counted = await server.metric('inference_rejected_total{reason="queue-full"}')
  assert.equal(counted - refusedBefore, refused.length)
})

test('a request whose deadline passes while it waits gets 504, and is not computed', async () => {
  const before = await runs()
  const answers: Awaited<ReturnType<typeof ask>>[] = []
  const isLate = ({ status }: { status: number }) => status === 504
  // Those with a deadline wait for the runs of the others, which take longer, unless they happen to come first.
  await poll(
    async () => {
      await openConnections(4)
      const soon = () => ask({ 'x-deadline-ms': '1' }, 1)
      answers.push(...(await Promise.all([ask(), ask(), soon(), soon()])))
      return answers.some(isLate)
    },
    { what: 'a deadline passes' },
  )
  const late = answers.filter(isLate)
  assert.equal(late[0]?.body.error, 'The deadline passed before the model got to this request.')
  assert.equal((await runs()) - before, answers.length - late.length)
  assert.equal(await server.metric('inference_rejected_total{reason="deadline"}'), late.length)
})

test('a request whose client has gone is not computed', async () => {
  const gone = () => server.metric('inference_rejected_total{reason="client-gone"}')
  const [runsBefore, goneBefore] = [await runs(), await gone()]
  let sent = 0
  // Whether it waits when its client goes is a matter of moments: tried until it did.
  await poll(
    async () => {
      const sockets = await Promise.all(Array.from({ length: queueMax }, open))
      const written = sockets.map((socket) => new Promise((done) => socket.write(wholeRequest, done)))
      await Promise.all(written)
      sockets.at(-1)?.destroy()
      sent += sockets.length
      await poll(async () => (await runs()) - runsBefore + (await gone()) - goneBefore === sent, {
        what: 'all requests are settled',
      })
      for (const socket of sockets) socket.destroy()
      return (await gone()) > goneBefore
    },
    { what: 'a request waited when its client went' },
  )
})

const body = JSON.stringify({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [busy, 1], data: new Array(busy).fill(0.5) }],
})
const wholeRequest = `POST ${infer} HTTP/1.1\r\nhost: test\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** A connection that the server has answered on already. */
async function open(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /health HTTP/1.1\r\nhost: test\r\n\r\n')
  await once(socket, 'data', { signal: AbortSignal.timeout(20_000) })
  return socket
}

test('the queue and compute times and batch sizes are counted', async () => {
  for (const name of ['inference_queue_seconds', 'inference_compute_seconds', 'inference_batch_size']) {
    assert.ok((await server.metric(`${name}_count`)) > 0, name)
    assert.ok((await server.metric(`${name}_sum`)) > 0, name)
  }
})
