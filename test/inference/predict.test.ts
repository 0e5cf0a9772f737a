import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readHeldOut } from './digits.js'
import { type RunningServer, startServer } from './server.js'

let server: RunningServer

before(async () => {
  server = await startServer({ NWORKERS_WORKER_SLOT: '3' })
})
after(() => server.stop())

interface Answer {
  predictions: { label: number; probabilities: number[] }[]
  scale: number
  pid: number
  slot: number
  milliseconds: number
}

async function predict(body: object): Promise<Answer> {
  const response = await fetch(`${server.url}/predict`, {
    method: 'POST',
    signal: AbortSignal.timeout(10_000),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  assert.equal(response.status, 200, `${text}\n${server.log()}`)
  return JSON.parse(text)
}

test('recognises at least 97 % of the held-out digits, sent one by one', async () => {
  const digits = readHeldOut(500)
  let right = 0
  for (const { image, label } of digits) {
    const { predictions } = await predict({ image, scale: 255 })
    if (predictions[0]?.label === label) right++
  }
  assert.ok(right / digits.length >= 0.97, `${right} of ${digits.length} are right`)
})

test('answers many images in their order, as it answers each alone', async () => {
  const digits = readHeldOut(100)
  const { predictions } = await predict({ images: digits.map(({ image }) => image), scale: 255 })
  assert.equal(predictions.length, digits.length)
  for (const [index, { image }] of digits.slice(0, 20).entries()) {
    const alone = await predict({ image, scale: 255 })
    assert.equal(predictions[index]?.label, alone.predictions[0]?.label)
  }
  const right = predictions.filter(({ label }, index) => label === digits[index]?.label)
  assert.ok(right.length >= 95, `${right.length} of 100 are right`)
})

test('tells probabilities, scale, worker and time', async () => {
  const [digit] = readHeldOut(1)
  const { predictions, ...rest } = await predict({ image: digit?.image })
  const { label, probabilities } = predictions[0] as Answer['predictions'][number]
  assert.equal(probabilities.length, 10)
  assert.equal(probabilities.indexOf(Math.max(...probabilities)), label)
  assert.ok(probabilities.every((probability) => probability >= 0 && probability <= 1))
  assert.ok(Math.abs(probabilities.reduce((sum, probability) => sum + probability, 0) - 1) < 1e-4)
  assert.ok(rest.milliseconds > 0)
  assert.deepEqual(rest, { scale: 255, pid: server.pid, slot: 3, milliseconds: rest.milliseconds })
})

test('reads the same image alike on both scales', async () => {
  const [digit] = readHeldOut(1)
  const bytes = await predict({ image: digit?.image, scale: 255 })
  const fractions = await predict({ image: digit?.image.map((value) => value / 255), scale: 1 })
  assert.equal(fractions.scale, 1)
  assert.deepEqual(fractions.predictions, bytes.predictions)
})

test('says that the slot is null outside nworkers', async () => {
  const alone = await startServer({ NWORKERS_WORKER_SLOT: undefined })
  try {
    const response = await fetch(`${alone.url}/health`, { signal: AbortSignal.timeout(10_000) })
    assert.deepEqual(await response.json(), { status: 'ok', pid: alone.pid, slot: null })
  } finally {
    await alone.stop()
  }
})

test('describes itself, and answers HEAD without a body', async () => {
  const description = await fetch(server.url, { signal: AbortSignal.timeout(10_000) })
  assert.equal(description.status, 200)
  assert.match(description.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(await description.text(), /"POST \/predict"/)

  const head = await fetch(`${server.url}/health?from=probe`, {
    method: 'HEAD',
    signal: AbortSignal.timeout(10_000),
  })
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
})
