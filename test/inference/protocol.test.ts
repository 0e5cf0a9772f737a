import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { elementTypes, everyType, modelFolder } from './models.js'
import { type Call, call, type ProtocolAnswer, type ProtocolTensor, withBinary } from './protocol.js'
import { type RunningServer, startServer } from './server.js'

// The Open Inference Protocol over the network, case by case, on a model that gives back what it gets, one input for
// each datatype.

const models = modelFolder()
const file = models.write('every-type.onnx', everyType, 7)
let server: RunningServer

before(async () => {
  server = await startServer({ MODEL: file, BODY_MAX: '65536' })
})
after(async () => {
  await server.stop()
  models.remove()
})

const infer = '/v2/models/every-type/infer'

/** Inputs of no elements for all that the model needs but this one. */
function inputsWith(input: Record<string, unknown>): object[] {
  const others = Object.keys(elementTypes).filter((name) => name !== input.name)
  const empty: object[] = others.map((name) => ({ name, datatype: name, shape: [0], data: [] }))
  if (input.name !== 'matrix') empty.push({ name: 'matrix', datatype: 'FP32', shape: [0, 2], data: [] })
  return [input, ...empty]
}

function outputOf({ body }: ProtocolAnswer, name: string): ProtocolTensor | undefined {
  return body.outputs?.find((output) => output.name === `${name}_out`)
}

// Endpoints

interface Endpoint {
  path: string
  method?: string
  body?: object
  status: number
  expect: object
}

const metadata = {
  name: 'every-type',
  versions: ['7'],
  platform: 'onnxruntime_onnx',
  inputs: [
    ...Object.keys(elementTypes).map((name) => ({ name, datatype: name, shape: [-1] })),
    { name: 'matrix', datatype: 'FP32', shape: [-1, 2] },
  ],
  outputs: [
    ...Object.keys(elementTypes).map((name) => ({ name: `${name}_out`, datatype: name, shape: [-1] })),
    { name: 'matrix_out', datatype: 'FP32', shape: [-1, 2] },
  ],
}
const noModel = (name: string) => ({ error: `There is no model "${name}" here; there is "every-type".` })
const nothing = { error: 'There is nothing at this path; GET / tells what there is.' }

const endpoints: Endpoint[] = [
  {
    path: '/v2',
    status: 200,
    expect: { name: 'nworkers inference-app', version: '2', extensions: ['binary_tensor_data'] },
  },
  { path: '/v2/health/live', status: 200, expect: { live: true } },
  { path: '/v2/health/ready', status: 200, expect: { ready: true } },
  { path: '/v2/models/every-type', status: 200, expect: metadata },
  { path: '/v2/models/every-type/versions/7', status: 200, expect: metadata },
  { path: '/v2/models/every%2Dtype', status: 200, expect: metadata },
  { path: '/v2/models/every-type/ready', status: 200, expect: { name: 'every-type', ready: true } },
  {
    path: '/v2/models/every-type/versions/7/ready',
    status: 200,
    expect: { name: 'every-type', ready: true },
  },
  { path: '/v2/models/every-type?probe=1', status: 200, expect: metadata },
  { path: '/v2/models/other', status: 404, expect: noModel('other') },
  { path: '/v2/models/other/ready', status: 404, expect: noModel('other') },
  { path: '/v2/models/other/infer', body: { inputs: [] }, status: 404, expect: noModel('other') },
  {
    path: '/v2/models/every-type/versions/8',
    status: 404,
    expect: { error: 'There is no version "8" of every-type; there is "7".' },
  },
  {
    path: '/v2/models/every-type/versions/8/infer',
    body: { inputs: [] },
    status: 404,
    expect: { error: 'There is no version "8" of every-type; there is "7".' },
  },
  {
    path: '/v2/models/%ff/ready',
    status: 400,
    expect: { error: 'The path has "%ff", whose percent signs make no text.' },
  },
  { path: '/v2/models/every-type/versions', status: 404, expect: nothing },
  { path: '/v2/models/every-type/explain', status: 404, expect: nothing },
  { path: '/v2/models/every-type/', status: 404, expect: nothing },
  { path: '/v2/models/', status: 404, expect: nothing },
  { path: '/v3', status: 404, expect: nothing },
  { path: '/predict', body: {}, status: 404, expect: nothing },
  { path: infer, method: 'GET', status: 405, expect: { error: `${infer} takes no GET; it takes POST.` } },
  {
    path: '/v2/health/live',
    method: 'POST',
    status: 405,
    expect: { error: '/v2/health/live takes no POST; it takes GET.' },
  },
  {
    path: '/v2/models/every-type',
    method: 'DELETE',
    status: 405,
    expect: { error: '/v2/models/every-type takes no DELETE; it takes GET.' },
  },
]

for (const { path, method = 'GET', body, status, expect } of endpoints) {
  test(`${body ? 'POST' : method} ${path}: ${status}`, async () => {
    const answer = await call(server, path, body ? { body } : { method })
    assert.deepEqual(answer.body, expect)
    assert.equal(answer.status, status)
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex')
    assert.equal(answer.headers.get('x-model-hash'), `sha256:${hash}`)
    assert.equal(answer.headers.get('x-model-version'), '7')
  })
}

// Datatypes: what goes in comes out, as JSON and as binary data

interface Datatype {
  datatype: keyof typeof elementTypes
  data: unknown[]
  /** What comes back, if it is not the same. */
  back?: unknown[]
  binary: Buffer
}

const bytes = (ArrayType: { from(values: unknown[]): ArrayBufferView }, values: unknown[]) => {
  const { buffer, byteOffset, byteLength } = ArrayType.from(values)
  return Buffer.from(buffer, byteOffset, byteLength)
}
const texts = (...values: string[]) =>
  Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(Buffer.byteLength(value))
      return [length, Buffer.from(value)]
    }),
  )
const fractions = [0, 1.5, -2.25, 'NaN', 'Infinity', '-Infinity']
const numbersOf = (values: unknown[]) => values.map(Number)

const roundTrips: Datatype[] = [
  { datatype: 'BOOL', data: [true, false, true], binary: Buffer.of(1, 0, 1) },
  { datatype: 'UINT8', data: [0, 255, 7], binary: Buffer.of(0, 255, 7) },
  { datatype: 'UINT16', data: [0, 65535], binary: bytes(Uint16Array, [0, 65535]) },
  { datatype: 'UINT32', data: [0, 4294967295], binary: bytes(Uint32Array, [0, 4294967295]) },
  { datatype: 'INT8', data: [-128, 127], binary: bytes(Int8Array, [-128, 127]) },
  { datatype: 'INT16', data: [-32768, 32767], binary: bytes(Int16Array, [-32768, 32767]) },
  {
    datatype: 'INT32',
    data: [-2147483648, 2147483647],
    binary: bytes(Int32Array, [-2147483648, 2147483647]),
  },
  {
    datatype: 'UINT64',
    data: [1, '2', '18446744073709551615'],
    back: [1, 2, '18446744073709551615'],
    binary: bytes(BigUint64Array, [1n, 2n, 18446744073709551615n]),
  },
  {
    datatype: 'INT64',
    data: [-1, '9007199254740991', '-9223372036854775808'],
    back: [-1, 9007199254740991, '-9223372036854775808'],
    binary: bytes(BigInt64Array, [-1n, 9007199254740991n, -9223372036854775808n]),
  },
  {
    datatype: 'FP16',
    data: [1, -2.5, 65504, 0.1, 6e-8, 'NaN', '-Infinity'],
    back: [1, -2.5, 65504, 0.0999755859375, 2 ** -24, 'NaN', '-Infinity'],
    binary: bytes(Uint16Array, [0x3c00, 0xc100, 0x7bff, 0x2e66, 1, 0x7e00, 0xfc00]),
  },
  { datatype: 'FP32', data: fractions, binary: bytes(Float32Array, numbersOf(fractions)) },
  {
    datatype: 'FP64',
    data: [...fractions, 1e300],
    binary: bytes(Float64Array, numbersOf([...fractions, 1e300])),
  },
  { datatype: 'BYTES', data: ['', 'тысяча', '7 😀'], binary: texts('', 'тысяча', '7 😀') },
]

for (const { datatype, data, back = data, binary } of roundTrips) {
  const head = { name: datatype, datatype, shape: [data.length] }

  test(`${datatype} as JSON`, async () => {
    const answer = await call(server, infer, { body: { inputs: inputsWith({ ...head, data }) } })
    assert.equal(answer.status, 200, answer.body.error)
    assert.deepEqual(outputOf(answer, datatype), { ...head, name: `${datatype}_out`, data: back })
  })

  test(`${datatype} as binary data, in and out`, async () => {
    const parameters = { binary_data_size: binary.length }
    const request = {
      inputs: inputsWith({ ...head, parameters }),
      outputs: [{ name: `${datatype}_out`, parameters: { binary_data: true } }],
    }
    const answer = await call(server, infer, withBinary(request, binary))
    assert.equal(answer.status, 200, answer.body.error)
    assert.match(answer.headers.get('content-type') ?? '', /octet-stream/)
    assert.deepEqual(answer.body.outputs, [{ ...head, name: `${datatype}_out`, parameters }])
    assert.deepEqual(answer.binary, binary)
  })
}

// What else an inference request can say

const two = { name: 'FP32', datatype: 'FP32', shape: [2], data: [1, 2] }

test('id and parameters come back, and the model that answered', async () => {
  const parameters = { priority: 3, tenant: 'a', fast: true }
  const { status, body } = await call(server, infer, {
    body: { id: '42', parameters, inputs: inputsWith(two) },
  })
  assert.equal(status, 200)
  const { outputs, ...rest } = body
  assert.deepEqual(rest, { model_name: 'every-type', model_version: '7', id: '42', parameters })
  assert.equal(outputs?.length, 14)
})

test('infer with a version', async () => {
  const answer = await call(server, '/v2/models/every-type/versions/7/infer', {
    body: { inputs: inputsWith(two) },
  })
  assert.deepEqual(outputOf(answer, 'FP32')?.data, [1, 2])
})

test('only the outputs that are asked for, in their order', async () => {
  const outputs = [{ name: 'matrix_out' }, { name: 'FP32_out' }]
  const { body } = await call(server, infer, { body: { inputs: inputsWith(two), outputs } })
  assert.deepEqual(
    body.outputs?.map(({ name }) => name),
    ['matrix_out', 'FP32_out'],
  )
})

test('a matrix flat and as rows', async () => {
  for (const data of [
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  ]) {
    const matrix = { name: 'matrix', datatype: 'FP32', shape: [2, 2], data }
    const answer = await call(server, infer, { body: { inputs: inputsWith(matrix) } })
    assert.deepEqual(outputOf(answer, 'matrix'), { ...matrix, name: 'matrix_out', data: [1, 2, 3, 4] })
  }
})

test('binary_data_output makes all outputs binary but those that say no', async () => {
  const request = {
    parameters: { binary_data_output: true },
    inputs: inputsWith(two),
    outputs: [{ name: 'FP32_out' }, { name: 'matrix_out', parameters: { binary_data: false } }],
  }
  const answer = await call(server, infer, { body: request })
  assert.deepEqual(outputOf(answer, 'FP32')?.parameters, { binary_data_size: 8 })
  assert.deepEqual(outputOf(answer, 'matrix')?.data, [])
  assert.deepEqual(answer.binary, bytes(Float32Array, [1, 2]))
  assert.equal(answer.body.parameters, undefined)
})

test('several inputs of binary data lie in the order of the inputs', async () => {
  const request = {
    inputs: [
      { name: 'INT8', datatype: 'INT8', shape: [3], parameters: { binary_data_size: 3 } },
      ...inputsWith({
        name: 'FP32',
        datatype: 'FP32',
        shape: [1],
        parameters: { binary_data_size: 4 },
      }).filter((input) => (input as ProtocolTensor).name !== 'INT8'),
    ],
  }
  const answer = await call(
    server,
    infer,
    withBinary(request, Buffer.of(1, 2, 3), bytes(Float32Array, [0.5])),
  )
  assert.equal(answer.status, 200, answer.body.error)
  assert.deepEqual(outputOf(answer, 'INT8')?.data, [1, 2, 3])
  assert.deepEqual(outputOf(answer, 'FP32')?.data, [0.5])
})

test('a deadline that is not reached changes nothing', async () => {
  const answer = await call(server, infer, {
    headers: { 'x-deadline-ms': '20000' },
    body: { inputs: inputsWith(two) },
  })
  assert.equal(answer.status, 200)
})

// Refusals of /infer

interface Refused extends Call {
  name: string
  status?: number
  error: string | RegExp
}

const input = (change: object): Call => ({ body: { inputs: inputsWith({ ...two, ...change }) } })
const one = (datatype: string, value: unknown): Call => ({
  body: { inputs: inputsWith({ name: datatype, datatype, shape: [1], data: [value] }) },
})
const sized = (datatype: string, shape: number[], size: unknown, ...data: Buffer[]): Call =>
  withBinary(
    { inputs: inputsWith({ name: datatype, datatype, shape, parameters: { binary_data_size: size } }) },
    ...data,
  )
const bigText = 'as text if it is beyond 9007199254740991'

const refused: Refused[] = [
  { name: 'no body', method: 'POST', error: 'The body is empty; send JSON.' },
  { name: 'no JSON', body: 'seven', error: /^The body is not JSON: / },
  { name: 'no UTF-8', body: Buffer.of(0x22, 0xff, 0x22), error: 'The body is not UTF-8 text.' },
  { name: 'an array', body: '[]', error: 'The body is an array; it must be an object with inputs.' },
  { name: 'no inputs', body: {}, error: 'inputs is undefined; it must be an array of tensors.' },
  {
    name: 'inputs of text',
    body: { inputs: 'all' },
    error: 'inputs is the text "all"; it must be an array of tensors.',
  },
  { name: 'an input of null', body: { inputs: [null] }, error: 'inputs[0] is null; it must be an object.' },
  { name: 'a missing input', body: { inputs: [two] }, error: 'inputs has no "BOOL", which the model needs.' },
  {
    name: 'an input twice',
    body: { inputs: [two, two] },
    error: 'inputs[1].name is "FP32", as another before it.',
  },
  {
    name: 'an unknown input',
    ...input({ name: '__proto__' }),
    error: /^inputs\[0\]\.name is the text "__proto__"; the model has "BOOL", "UINT8", /,
  },
  { name: 'an id of a number', body: { id: 7, inputs: [] }, error: 'id is 7; it must be a text.' },
  {
    name: 'parameters in an array',
    body: { parameters: [], inputs: [] },
    error: 'parameters is an array; it must be an object.',
  },
  {
    name: 'a parameter in an array',
    body: { parameters: { a: [1] }, inputs: [] },
    error: 'parameters.a is an array; it must be a text, a number, true or false.',
  },
  {
    name: 'a wrong datatype',
    ...input({ datatype: 'FP64' }),
    error: 'inputs[0].datatype is the text "FP64"; the model takes FP32 here.',
  },
  {
    name: 'BF16, which no model here takes',
    ...input({ datatype: 'BF16' }),
    error: 'inputs[0].datatype is the text "BF16"; the model takes FP32 here.',
  },
  {
    name: 'no shape',
    ...input({ shape: undefined }),
    error: 'inputs[0].shape is undefined; it must be an array of numbers.',
  },
  {
    name: 'too many dimensions',
    ...input({ shape: [1, 2] }),
    error: 'inputs[0].shape has 2 dimensions; the model takes 1: [-1].',
  },
  {
    name: 'a negative dimension',
    ...input({ shape: [-1] }),
    error: 'inputs[0].shape[0] is -1; it must be a whole number from 0.',
  },
  {
    name: 'half a dimension',
    ...input({ shape: [1.5] }),
    error: 'inputs[0].shape[0] is 1.5; it must be a whole number from 0.',
  },
  {
    name: 'a wrong width',
    body: { inputs: inputsWith({ name: 'matrix', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }) },
    error: 'inputs[0].shape[1] is 3; it must be 2.',
  },
  {
    name: 'no data',
    ...input({ data: undefined }),
    error: 'inputs[0].data is undefined; it must be an array.',
  },
  {
    name: 'too little data',
    ...input({ data: [1] }),
    error: 'inputs[0].data has 1 elements; the shape says 2.',
  },
  {
    name: 'a shape of more than there is memory',
    ...input({ shape: [9007199254740991] }),
    error: 'inputs[0].data has 2 elements; the shape says 9007199254740991.',
  },
  {
    name: 'rows of different length',
    body: { inputs: inputsWith({ name: 'matrix', datatype: 'FP32', shape: [2, 2], data: [[1, 2], [3]] }) },
    error: 'inputs[0].data[1] has 1 elements; the shape says 2.',
  },
  {
    name: 'a bad value deep inside',
    body: {
      inputs: inputsWith({
        name: 'matrix',
        datatype: 'FP32',
        shape: [2, 2],
        data: [
          [1, 2],
          [3, 'x'],
        ],
      }),
    },
    error: 'inputs[0].data[1][1] is the text "x"; it must be a number that FP32 can hold.',
  },
  {
    name: 'null in FP32',
    ...input({ data: [1, null] }),
    error: 'inputs[0].data[1] is null; it must be a number that FP32 can hold.',
  },
  {
    name: 'too large for FP32',
    ...one('FP32', 1e39),
    error: 'inputs[0].data[0] is 1e+39; it must be a number that FP32 can hold.',
  },
  {
    name: 'too large for FP16',
    ...one('FP16', 65505),
    error: 'inputs[0].data[0] is 65505; it must be a number that FP16 can hold.',
  },
  {
    name: 'too large for UINT8',
    ...one('UINT8', 256),
    error: 'inputs[0].data[0] is 256; it must be a whole number from 0 to 255.',
  },
  {
    name: 'too small for INT8',
    ...one('INT8', -129),
    error: 'inputs[0].data[0] is -129; it must be a whole number from -128 to 127.',
  },
  {
    name: 'a fraction in INT32',
    ...one('INT32', 0.5),
    error: /^inputs\[0\]\.data\[0\] is 0\.5; it must be a whole number from /,
  },
  {
    name: 'an INT64 that has lost digits',
    body: JSON.stringify(one('INT64', 0).body).replace(
      '"shape":[1],"data":[0]',
      '"shape":[1],"data":[9007199254740993]',
    ),
    error: `inputs[0].data[0] is 9007199254740992; it must be a whole number from -9223372036854775808 to 9223372036854775807, ${bigText}.`,
  },
  {
    name: 'too large for INT64',
    ...one('INT64', '9223372036854775808'),
    error: /is the text "9223372036854775808"; /,
  },
  {
    name: 'a negative UINT64',
    ...one('UINT64', -1),
    error: /^inputs\[0\]\.data\[0\] is -1; it must be a whole number from 0 to 1844/,
  },
  { name: 'a number in BOOL', ...one('BOOL', 1), error: 'inputs[0].data[0] is 1; it must be true or false.' },
  {
    name: 'a number in BYTES',
    ...one('BYTES', 7),
    error: 'inputs[0].data[0] is 7; it must be a text without U+0000 and halves of surrogate pairs.',
  },
  {
    name: 'a zero in BYTES',
    ...one('BYTES', 'a\0b'),
    error: /must be a text without U\+0000 and halves of surrogate pairs\.$/,
  },
  {
    name: 'half a surrogate pair in BYTES',
    ...one('BYTES', '\ud83d!'),
    error: /must be a text without U\+0000 and halves of surrogate pairs\.$/,
  },
  {
    name: 'a zero in a binary text',
    ...sized('BYTES', [1], 7, texts('a\0b')),
    error: 'inputs[0]: element 0 has the character U+0000.',
  },
  {
    name: 'an unknown output',
    body: { inputs: inputsWith(two), outputs: [{ name: 'FP32' }] },
    error: /^outputs\[0\]\.name is the text "FP32"; the model has "BOOL_out", /,
  },
  {
    name: 'an output twice',
    body: { inputs: inputsWith(two), outputs: [{ name: 'FP32_out' }, { name: 'FP32_out' }] },
    error: 'outputs[1].name is "FP32_out", as another before it.',
  },
  {
    name: 'outputs of text',
    body: { inputs: inputsWith(two), outputs: 'all' },
    error: 'outputs is the text "all"; it must be an array.',
  },
  {
    name: 'binary_data of text',
    body: { inputs: inputsWith(two), outputs: [{ name: 'FP32_out', parameters: { binary_data: 'yes' } }] },
    error: 'outputs[0].parameters.binary_data is the text "yes"; it must be true or false.',
  },
  {
    name: 'binary_data_output of a number',
    body: { parameters: { binary_data_output: 1 }, inputs: [] },
    error: 'parameters.binary_data_output is 1; it must be true or false.',
  },
  {
    name: 'binary data shorter than its shape',
    ...sized('FP32', [2], 4, Buffer.alloc(4)),
    error: 'inputs[0] has 4 bytes; 2 elements of FP32 take 8.',
  },
  {
    name: 'binary data that is not there',
    ...sized('FP32', [2], 8, Buffer.alloc(4)),
    error: 'inputs[0].parameters.binary_data_size is 8; only 4 bytes are left.',
  },
  {
    name: 'a binary size of text',
    ...sized('FP32', [1], '4', Buffer.alloc(4)),
    error: 'inputs[0].parameters.binary_data_size is the text "4"; it must be a number of bytes.',
  },
  {
    name: 'binary data too much',
    ...sized('FP32', [1], 4, Buffer.alloc(6)),
    error: '2 bytes of binary data belong to no input.',
  },
  {
    name: 'data and binary data',
    ...input({ parameters: { binary_data_size: 0 } }),
    error: 'inputs[0] has both data and binary_data_size; send one of them.',
  },
  {
    name: 'a binary BOOL of 2',
    ...sized('BOOL', [2], 2, Buffer.of(1, 2)),
    error: 'inputs[0]: element 1 is 2; it must be 0 or 1.',
  },
  {
    name: 'a binary text that ends too late',
    ...sized('BYTES', [1], 6, Buffer.of(9, 0, 0, 0, 97, 98)),
    error: 'inputs[0]: element 0 is longer than the binary data.',
  },
  {
    name: 'a binary text without the whole of its length',
    ...sized('BYTES', [1], 2, Buffer.of(9, 0)),
    error: 'inputs[0]: element 0 is longer than the binary data.',
  },
  {
    name: 'a binary text that is no UTF-8',
    ...sized('BYTES', [1], 5, Buffer.of(1, 0, 0, 0, 255)),
    error: 'inputs[0]: element 0 is not UTF-8 text.',
  },
  {
    name: 'fewer binary texts than the shape says',
    ...sized('BYTES', [2], 5, texts('a')),
    error: 'inputs[0] has 1 elements of BYTES; the shape says 2.',
  },
  {
    name: 'a header length past the body',
    headers: { 'inference-header-content-length': '99' },
    body: '{}',
    error: 'Inference-Header-Content-Length is "99"; it must be a number of bytes up to 2.',
  },
  {
    name: 'a header length that is no number',
    headers: { 'inference-header-content-length': 'all' },
    body: '{}',
    error: 'Inference-Header-Content-Length is "all"; it must be a number of bytes up to 2.',
  },
  {
    name: 'a deadline that is no number',
    headers: { 'x-deadline-ms': 'soon' },
    body: '{}',
    error: 'X-Deadline-Ms is "soon"; it must be a whole number of milliseconds.',
  },
  {
    name: 'a form',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'a=1',
    status: 415,
    error:
      'The body must be JSON; send the header Content-Type: application/json or application/octet-stream.',
  },
  {
    name: 'a compressed body',
    headers: { 'content-encoding': 'gzip' },
    body: 'x',
    status: 415,
    error: /not be compressed/,
  },
  {
    name: 'a body past the limit',
    body: ' '.repeat(65537),
    status: 413,
    error: 'The body is too large; it may have 65536 bytes.',
  },
]

for (const { name, status = 400, error, ...request } of refused) {
  test(`/infer refuses ${name} with ${status}`, async () => {
    const answer = await call(server, infer, request)
    assert.deepEqual(Object.keys(answer.body), ['error'])
    if (typeof error === 'string') assert.equal(answer.body.error, error)
    else assert.match(answer.body.error ?? '', error)
    assert.equal(answer.status, status)
    assert.equal(server.log(), '')
  })
}

test('the table has at least 60 cases', () => {
  assert.ok(endpoints.length + roundTrips.length * 2 + refused.length >= 60)
})
