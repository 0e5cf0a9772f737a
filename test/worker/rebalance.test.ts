import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, type Client, connect, get } from './harness/client.js'
import { startWorker, type WorkerOptions } from './harness/worker.js'

/** Far above what a busy machine takes for a cheap request, and far below what a handler here blocks. */
const settings = { rebalanceAfter: 400 }
const blocking = '/block?ms=600'
const place = { NWORKERS_WORKER_SLOT: '2', NWORKERS_WORKER_GENERATION: '1', NWORKERS_WORKER_COUNT: '4' }

/** A client of a worker at which another one has a connection too. */
async function besideAnother(t: TestContext, options: WorkerOptions = {}) {
  const worker = await startWorker(t, { env: place, settings, ...options })
  const other = await connect(t, worker.port)
  other.send(get('/'))
  await other.answer(1)
  return { worker, client: await connect(t, worker.port), other }
}

async function assertGoesOn(client: Client, answers: number): Promise<void> {
  client.send(get('/'))
  assert.equal((await client.answer(answers + 1)).body, 'hello')
}

const saysClose = ({ headers }: Answer) => headers.get('connection') === 'close'

test('an answer that held the event loop ends its connection, where there is another', async (t) => {
  const { client, other } = await besideAnother(t)
  client.send(get('/'))
  assert.ok(!saysClose(await client.answer(1)))
  client.send(get(blocking))
  const answer = await client.answer(2)
  assert.equal(answer.body, 'blocked')
  assert.ok(saysClose(answer))
  assert.equal(await client.closed(), 'end')
  await assertGoesOn(other, 1)
})

test('the only connection stays', async (t) => {
  const worker = await startWorker(t, { env: place, settings })
  const client = await connect(t, worker.port)
  client.send(get(blocking))
  assert.ok(!saysClose(await client.answer(1)))
  await assertGoesOn(client, 1)
})

test('a loop that was held after the request had come counts too, a body does not matter', async (t) => {
  const { client } = await besideAnother(t)
  client.send(`POST /block-later?ms=600 HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody`)
  assert.ok(saysClose(await client.answer(1)))
  assert.equal(await client.closed(), 'end')
})

test('a request that only waits leaves its connection open', async (t) => {
  const { worker, client } = await besideAnother(t)
  client.send(get('/held'))
  await worker.appTold('held')
  // So long that it would count if the loop had been held.
  await delay(settings.rebalanceAfter * 1.5)
  worker.send({ type: 'release', path: '/held' })
  assert.ok(!saysClose(await client.answer(1)))
  await assertGoesOn(client, 1)
})

test('a request that waited for the answer of another is not blamed', async (t) => {
  const { worker, client, other } = await besideAnother(t)
  client.send(get(blocking))
  await worker.appTold('blocking')
  other.send(get('/'))
  assert.ok(saysClose(await client.answer(1)))
  assert.ok(!saysClose(await other.answer(2)))
  await assertGoesOn(other, 2)
})

for (const path of [blocking, '/block-later?ms=600']) {
  test(`pipelined requests are all answered: ${path}`, async (t) => {
    const { client } = await besideAnother(t)
    client.send(get(path) + get(path) + get('/'))
    assert.equal((await client.answer(1)).body, 'blocked')
    assert.equal((await client.answer(2)).body, 'blocked')
    assert.equal((await client.answer(3)).body, 'hello')
    await assertGoesOn(client, 3)
  })

  test(`the half of a further request keeps the connection: ${path}`, async (t) => {
    const { client } = await besideAnother(t)
    const next = get('/')
    client.send(get(path) + next.slice(0, 20))
    assert.equal((await client.answer(1)).body, 'blocked')
    client.send(next.slice(20))
    assert.equal((await client.answer(2)).body, 'hello')
  })
}

test('a body that is still to come keeps the connection', async (t) => {
  const { client } = await besideAnother(t)
  client.send(`POST ${blocking} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n`)
  assert.ok(!saysClose(await client.answer(1)))
  client.send('body')
  await assertGoesOn(client, 1)
})

test('HTTP/1.0: the answer does not promise to keep the connection', async (t) => {
  const { client } = await besideAnother(t)
  client.send(`GET ${blocking} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`)
  const answer = await client.answer(1)
  assert.equal(answer.body, 'blocked')
  assert.ok(saysClose(answer))
  assert.equal(await client.closed(), 'end')
})

for (const [what, options] of [
  ['off', { settings: { rebalanceAfter: 0 } }],
  ['of no use to the only worker', { env: { ...place, NWORKERS_WORKER_COUNT: '1' } }],
] as const) {
  test(`it is ${what}`, async (t) => {
    const { client } = await besideAnother(t, options)
    client.send(get(blocking))
    assert.ok(!saysClose(await client.answer(1)))
    await assertGoesOn(client, 1)
  })
}

test('the only worker does it where the load may bring others', async (t) => {
  const { client } = await besideAnother(t, {
    env: { ...place, NWORKERS_WORKER_COUNT: '1' },
    settings: { ...settings, maxWorkers: 4 },
  })
  client.send(get(blocking))
  assert.ok(saysClose(await client.answer(1)))
})
