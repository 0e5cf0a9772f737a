import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Graph } from '../../examples/inference-app/src/onnx/graph.js'
import { writeModel } from '../../examples/inference-app/src/onnx/write-model.js'
import { echo, modelFolder, squares } from './models.js'
import { call } from './protocol.js'
import { example, startServer } from './server.js'

// What the app loads, by its settings, and what it says when it can't.

const models = modelFolder()
after(() => models.remove())

/** Runs only with rows of four numbers, which its shape does not tell. */
const four: Graph = {
  name: 'four',
  nodes: [{ operator: 'MatMul', inputs: ['x', 'ones'], output: 'sum' }],
  weights: [{ name: 'ones', shape: [4, 1], values: new Float32Array(4).fill(1) }],
  inputs: [{ name: 'x', type: 'float32', shape: ['rows', 'width'] }],
  outputs: [{ name: 'sum', type: 'float32', shape: ['rows', 1] }],
}

test('MODEL_NAME and MODEL_VERSION win over the file, and WARM_UP sizes the first run', async () => {
  const environment = { MODEL_NAME: 'sums', MODEL_VERSION: '2b', WARM_UP: 'rows=3,width=4' }
  const server = await startServer({ MODEL: models.write('four.onnx', four, 7), ...environment })
  try {
    const x = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }
    const { body, headers } = await call(server, '/v2/models/sums/versions/2b/infer', {
      body: { inputs: [x] },
    })
    assert.deepEqual(body.outputs?.[0]?.data, [10])
    assert.equal(headers.get('x-model-version'), '2b')
    // The warm-up run alone went before, and is no request.
    assert.equal(await server.metric('inference_compute_seconds_count'), 1)
  } finally {
    await server.stop()
  }
})

const bad: { name: string; environment: () => Record<string, string>; says: RegExp }[] = [
  {
    name: 'no file',
    environment: () => ({ MODEL: '/nowhere/m.onnx' }),
    says: /The model \/nowhere\/m\.onnx can't be loaded: ENOENT/,
  },
  {
    name: 'a file that is no model',
    environment: () => ({ MODEL: fileURLToPath(import.meta.url) }),
    says: /The model .*loading\.test\.js can't be loaded: .*[Pp]rotobuf/,
  },
  {
    name: 'a model of BF16, which onnxruntime-node has no tensors for',
    environment: () => ({
      MODEL: models.write('bf16.onnx', echo('bf16', [{ name: 'x', type: 'bfloat16', shape: ['rows'] }])),
    }),
    says: /bf16\.onnx can't be loaded: Unsupported data type/,
  },
  {
    name: 'a model that computes nothing with ones',
    environment: () => ({ MODEL: models.write('four.onnx', four) }),
    says: /first run, with zeros and 1 for every dimension .* WARM_UP=batch=1,width=320\./,
  },
  {
    name: 'a WARM_UP of no pairs',
    environment: () => ({ WARM_UP: 'rows' }),
    says: /WARM_UP has rows; it must be pairs such as /,
  },
  {
    name: 'a BATCH_MAX of 0',
    environment: () => ({ BATCH_MAX: '0' }),
    says: /BATCH_MAX is 0; it must be a whole number from 1 to 1000000\./,
  },
  {
    name: 'a QUEUE_MAX of text',
    environment: () => ({ QUEUE_MAX: 'many' }),
    says: /QUEUE_MAX is many; it must be a whole number from 0 to 1000000\./,
  },
]

for (const { name, environment, says } of bad) {
  test(`does not start with ${name}, and says so`, async () => {
    await assert.rejects(startServer(environment()), ({ message }: Error) => says.test(message))
  })
}

test('the script for large models writes one of these sizes, with its weights inside or apart', async () => {
  const program = fileURLToPath(new URL('dist/train/large.js', example))
  const inside = models.write('random.onnx', squares)
  const apart = inside.replace('random', 'random-apart')
  const sizes = ['--sizes', '784,16,10']
  const run = promisify(execFile)
  await run(process.execPath, [program, ...sizes, inside])
  await run(process.execPath, [program, ...sizes, '--external-data', apart])
  await assert.rejects(
    run(process.execPath, [program, '--sizes', '784,x', inside]),
    /Usage: npm run large-model/,
  )
  const body = { image: new Array(784).fill(0.5), scale: 1 }
  const predictions: unknown[] = []
  for (const file of [inside, apart]) {
    const server = await startServer({ MODEL: file })
    try {
      const answer = await call(server, '/predict', { body })
      assert.equal(answer.status, 200, answer.body.error)
      predictions.push(answer.body.predictions)
    } finally {
      await server.stop()
    }
  }
  assert.deepEqual(predictions[1], predictions[0])
})

test('weights in a file of their own compute the same, are part of the hash, and are missed', async () => {
  const file = models.write('apart.onnx', squares)
  await writeModel(file, squares, true)
  const folder = path.dirname(file)
  const weights = readdirSync(folder).find((name) => /^apart-[0-9a-f]{12}\.data$/.test(name))
  assert.ok(weights)
  const server = await startServer({ MODEL: file })
  try {
    const index = { name: 'index', datatype: 'INT64', shape: [3], data: [2, 9, 0] }
    const { body, headers } = await call(server, '/v2/models/apart/infer', { body: { inputs: [index] } })
    assert.deepEqual(body.outputs?.[0]?.data, [4, 81, 0])
    const hash = createHash('sha256')
      .update(readFileSync(file))
      .update(readFileSync(path.join(folder, weights)))
    assert.equal(headers.get('x-model-hash'), `sha256:${hash.digest('hex')}`)
  } finally {
    await server.stop()
  }
  rmSync(path.join(folder, weights))
  await assert.rejects(startServer({ MODEL: file }), /The model .*apart\.onnx can't be loaded: ENOENT/)
})
