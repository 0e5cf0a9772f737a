import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { echo, modelFolder, squares } from './models.js'
import { call } from './protocol.js'
import { type RunningServer, startServer } from './server.js'

const models = modelFolder()
let server: RunningServer

before(async () => {
  const file = models.write('squares.onnx', squares)
  server = await startServer({ MODEL: file, BATCH_MAX: '8', BATCH_DELAY_MS: '300' })
})
after(async () => {
  await server.stop()
  models.remove()
})

function ask(indices: number[]) {
  const index = { name: 'index', datatype: 'INT64', shape: [indices.length], data: indices }
  return call(server, '/v2/models/squares/infer', { body: { inputs: [index] } })
}

const runs = () => server.metric('inference_batch_size_count')
const requests = () => server.metric('inference_batch_size_sum')

test('requests that wait together run as one, and each gets its own rows', async () => {
  const [runsBefore, requestsBefore] = [await runs(), await requests()]
  const asked = [[1], [2, 3], [4], [5], [6, 7, 8]]
  const answers = await Promise.all(asked.map(ask))
  for (const [index, { status, body }] of answers.entries()) {
    assert.equal(status, 200, body.error)
    const wanted = asked[index] ?? []
    assert.deepEqual(body.outputs?.[0]?.shape, [wanted.length])
    assert.deepEqual(
      body.outputs?.[0]?.data,
      wanted.map((value) => value ** 2),
    )
  }
  // Eight rows fill the batch; on a slow machine a few may have come after the delay.
  assert.equal((await requests()) - requestsBefore, 5)
  assert.ok((await runs()) - runsBefore < 5, 'some ran together')
})

test('a bad request fails alone', async () => {
  const answers = await Promise.all([[3], [99], [4]].map(ask))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400, 200],
  )
  assert.match(answers[1]?.body.error ?? '', /^The model can't compute these inputs: .*out of data bounds/)
  assert.deepEqual(answers[0]?.body.outputs?.[0]?.data, [9])
  assert.deepEqual(answers[2]?.body.outputs?.[0]?.data, [16])
})

test('a batch never has more rows than it may, and a request of more runs alone', async () => {
  const asked = [Array(7).fill(1), Array(7).fill(2), Array(20).fill(3)] as number[][]
  const before = await runs()
  const answers = await Promise.all(asked.map(ask))
  for (const [index, { body }] of answers.entries()) {
    assert.deepEqual(
      body.outputs?.[0]?.data,
      asked[index]?.map((value) => value ** 2),
    )
  }
  assert.equal((await runs()) - before, 3)
})

test('a deadline that comes before the end of the delay ends the wait, alone or behind others', async () => {
  const file = models.write('patient.onnx', squares)
  const patient = await startServer({ MODEL: file, BATCH_MAX: '8', BATCH_DELAY_MS: '9000' })
  const askPatient = (headers: Record<string, string> = {}) =>
    call(patient, '/v2/models/patient/infer', {
      headers,
      body: { inputs: [{ name: 'index', datatype: 'INT64', shape: [1], data: [3] }] },
    })
  try {
    const soon = { 'x-deadline-ms': '8000' }
    const started = performance.now()
    const answers = [await askPatient(soon), ...(await Promise.all([askPatient(), askPatient(soon)]))]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.ok(performance.now() - started < 8000)
  } finally {
    await patient.stop()
  }
})

test('texts and rows of different width are not mixed up', async () => {
  const file = models.write(
    'mixed.onnx',
    echo('mixed', [
      { name: 'text', type: 'string', shape: ['rows'] },
      { name: 'half', type: 'float16', shape: ['rows', 'width'] },
    ]),
  )
  const mixed = await startServer({ MODEL: file, BATCH_MAX: '8', BATCH_DELAY_MS: '200' })
  try {
    const asked = [1, 2, 1, 2].map((width, index) => ({
      text: [`text ${index}`],
      half: Array.from({ length: width }, (_, column) => index + column / 2),
    }))
    const answers = await Promise.all(
      asked.map(({ text, half }) =>
        call(mixed, '/v2/models/mixed/infer', {
          body: {
            inputs: [
              { name: 'text', datatype: 'BYTES', shape: [1], data: text },
              { name: 'half', datatype: 'FP16', shape: [1, half.length], data: half },
            ],
          },
        }),
      ),
    )
    assert.deepEqual(
      answers.map(({ body }) => body.outputs?.map(({ data }) => data)),
      asked.map(({ text, half }) => [text, half]),
    )
  } finally {
    await mixed.stop()
  }
})
