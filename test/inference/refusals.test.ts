import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type RunningServer, startServer } from './server.js'

let server: RunningServer

before(async () => {
  server = await startServer()
})
after(() => server.stop())

const blank = new Array<number>(784).fill(0)
const withValue = (index: number, value: unknown) => blank.map((zero, at) => (at === index ? value : zero))
/** JSON text with a literal that JSON.stringify would not write. */
const withLiteral = (index: number, literal: string) =>
  JSON.stringify({ image: withValue(index, 'LITERAL'), scale: 1 }).replace('"LITERAL"', literal)

interface Refusal {
  name: string
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array | object
  status: number
  error: string | RegExp
}

const refusals: Refusal[] = [
  // Not JSON
  { name: 'no body', body: '', status: 400, error: 'The body is empty; send JSON.' },
  { name: 'text', body: 'seven', status: 400, error: /^The body is not JSON: .+\.$/ },
  { name: 'half a body', body: '{"image":[0,0', status: 400, error: /^The body is not JSON: .+\.$/ },
  { name: 'NaN', body: withLiteral(5, 'NaN'), status: 400, error: /^The body is not JSON: .+\.$/ },
  { name: 'brackets', body: '['.repeat(1_000_000), status: 400, error: /^The body is not JSON: .+\.$/ },
  {
    name: 'not UTF-8',
    body: Uint8Array.of(0x22, 0xff, 0x22),
    status: 400,
    error: 'The body is not UTF-8 text.',
  },
  // Wrong shape
  {
    name: 'null',
    body: 'null',
    status: 400,
    error: 'The body is null; it must be an object with image or images.',
  },
  {
    name: 'a number',
    body: '7',
    status: 400,
    error: 'The body is 7; it must be an object with image or images.',
  },
  {
    name: 'an array',
    body: [blank],
    status: 400,
    error: 'The body is an array; it must be an object with image or images.',
  },
  {
    name: 'no image',
    body: {},
    status: 400,
    error: 'The body has neither image nor images; send one of them.',
  },
  {
    name: 'both',
    body: { image: blank, images: [blank] },
    status: 400,
    error: 'The body has both image and images; send one of them.',
  },
  {
    name: 'a misspelt field',
    body: { image: blank, scael: 1 },
    status: 400,
    error: 'There is no field "scael"; the fields are image, images, scale.',
  },
  {
    name: 'a prototype',
    body: `{"__proto__":{"image":[]}}`,
    status: 400,
    error: 'There is no field "__proto__"; the fields are image, images, scale.',
  },
  {
    name: 'no images',
    body: { images: [] },
    status: 400,
    error: 'images is empty; send at least one image.',
  },
  {
    name: 'images of text',
    body: { images: 'all' },
    status: 400,
    error: 'images is the text "all"; it must be an array of images.',
  },
  {
    name: 'an image of null',
    body: { image: null },
    status: 400,
    error: 'image is null; it must be an array of 784 numbers.',
  },
  {
    name: 'an image in an object',
    body: { image: { 0: 1 } },
    status: 400,
    error: 'image is an object; it must be an array of 784 numbers.',
  },
  {
    name: 'the second image missing',
    body: { images: [blank, 7] },
    status: 400,
    error: 'images[1] is 7; it must be an array of 784 numbers.',
  },
  // Wrong length
  {
    name: 'an empty image',
    body: { image: [] },
    status: 400,
    error: 'image has 0 numbers; it must have 784.',
  },
  {
    name: 'a short image',
    body: { image: blank.slice(1) },
    status: 400,
    error: 'image has 783 numbers; it must have 784.',
  },
  {
    name: 'a long image',
    body: { images: [blank, [...blank, 0]] },
    status: 400,
    error: 'images[1] has 785 numbers; it must have 784.',
  },
  {
    name: 'rows of pixels',
    body: { image: new Array(28).fill(new Array(28).fill(0)) },
    status: 400,
    error: 'image has 28 numbers; it must have 784.',
  },
  // Wrong values
  {
    name: 'null in an image',
    body: { image: withValue(12, null) },
    status: 400,
    error: 'image[12] is null; it must be a number from 0 to 255.',
  },
  {
    name: 'text in an image',
    body: { image: withValue(783, '7') },
    status: 400,
    error: 'image[783] is the text "7"; it must be a number from 0 to 255.',
  },
  {
    name: 'long text in an image',
    body: { image: withValue(0, 'x'.repeat(9999)) },
    status: 400,
    error: `image[0] is the text "${'x'.repeat(24)}…"; it must be a number from 0 to 255.`,
  },
  {
    name: 'true in an image',
    body: { image: withValue(3, true) },
    status: 400,
    error: 'image[3] is true; it must be a number from 0 to 255.',
  },
  {
    name: 'an array in an image',
    body: { image: withValue(1, [0]) },
    status: 400,
    error: 'image[1] is an array; it must be a number from 0 to 255.',
  },
  {
    name: 'too much ink',
    body: { images: [blank, withValue(9, 256)] },
    status: 400,
    error: 'images[1][9] is 256; it must be a number from 0 to 255.',
  },
  {
    name: 'too much ink for 1',
    body: { image: withValue(9, 1.5), scale: 1 },
    status: 400,
    error: 'image[9] is 1.5; it must be a number from 0 to 1.',
  },
  {
    name: 'negative ink',
    body: { image: withValue(0, -0.1) },
    status: 400,
    error: 'image[0] is -0.1; it must be a number from 0 to 255.',
  },
  {
    name: 'Infinity',
    body: withLiteral(4, '1e999'),
    status: 400,
    error: 'image[4] is Infinity; it must be a number from 0 to 1.',
  },
  {
    name: 'deep arrays',
    body: `{"image":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
    status: 400,
    error: 'image has 1 numbers; it must have 784.',
  },
  // Wrong scale
  {
    name: 'a scale of 256',
    body: { image: blank, scale: 256 },
    status: 400,
    error: 'scale is 256; it must be 255 or 1, the number that means full ink.',
  },
  {
    name: 'a scale of text',
    body: { image: blank, scale: '255' },
    status: 400,
    error: 'scale is the text "255"; it must be 255 or 1, the number that means full ink.',
  },
  {
    name: 'a scale of null',
    body: { image: blank, scale: null },
    status: 400,
    error: 'scale is null; it must be 255 or 1, the number that means full ink.',
  },
  {
    name: 'fractions without a scale',
    body: { image: withValue(300, 0.5) },
    status: 400,
    error: 'No number is above 1, so it is unclear what full ink is; add "scale": 1 or "scale": 255.',
  },
  // Wrong content
  {
    name: 'a form',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'image=7',
    status: 415,
    error: 'The body must be JSON; send the header Content-Type: application/json.',
  },
  {
    name: 'compressed',
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync('{}'),
    status: 415,
    error: 'The body must not be compressed; send it without Content-Encoding.',
  },
  {
    name: 'too large',
    body: ' '.repeat(1024 * 1024 + 1),
    status: 413,
    error: 'The body is too large; it may have 1048576 bytes.',
  },
  // Wrong address
  { name: 'GET /predict', method: 'GET', status: 405, error: '/predict takes no GET; it takes POST.' },
  {
    name: 'PUT /predict',
    method: 'PUT',
    body: {},
    status: 405,
    error: '/predict takes no PUT; it takes POST.',
  },
  { name: 'DELETE /', method: 'DELETE', path: '/', status: 405, error: '/ takes no DELETE; it takes GET.' },
  {
    name: 'POST /health',
    path: '/health',
    body: {},
    status: 405,
    error: '/health takes no POST; it takes GET.',
  },
  {
    name: 'an unknown path',
    path: '/predict/',
    body: {},
    status: 404,
    error: 'There is nothing at this path; GET / tells what there is.',
  },
  {
    name: 'a path of a prototype',
    path: '/__proto__',
    method: 'GET',
    status: 404,
    error: 'There is nothing at this path; GET / tells what there is.',
  },
]

for (const { name, path = '/predict', method = 'POST', headers, body, status, error } of refusals) {
  test(`refuses ${name} with ${status}`, async () => {
    const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(`${server.url}${path}`, {
      method,
      signal: AbortSignal.timeout(10_000),
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { error: string }
    assert.equal(response.status, status)
    assert.deepEqual(Object.keys(answer), ['error'])
    if (typeof error === 'string') assert.equal(answer.error, error)
    else assert.match(answer.error, error)
    if (status === 405) assert.ok(answer.error.endsWith(`it takes ${response.headers.get('allow')}.`))

    const health = await fetch(`${server.url}/health`, { signal: AbortSignal.timeout(10_000) })
    assert.equal(((await health.json()) as { pid: number }).pid, server.pid, server.log())
    assert.equal(server.log(), '')
  })
}
