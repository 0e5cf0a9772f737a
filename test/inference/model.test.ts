import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { example } from './server.js'

test('the committed model is below 2 MB', async () => {
  const { size } = await stat(new URL('models/digits.onnx', example))
  assert.ok(size > 0 && size < 2_000_000, `${size} bytes`)
})

test('the held-out digits are IDX files with as many images as labels', async () => {
  const images = await readFile(new URL('models/held-out-images.idx', example))
  const labels = await readFile(new URL('models/held-out-labels.idx', example))
  assert.equal(images.readUInt32BE(0), 0x803)
  assert.equal(labels.readUInt32BE(0), 0x801)
  const count = labels.readUInt32BE(4)
  assert.deepEqual(
    [4, 8, 12].map((offset) => images.readUInt32BE(offset)),
    [count, 28, 28],
  )
  assert.equal(labels.length, 8 + count)
  assert.equal(images.length, 16 + count * 784)
})

test('the held-out digits show every label about equally often', async () => {
  const labels = (await readFile(new URL('models/held-out-labels.idx', example))).subarray(8)
  for (let label = 0; label < 10; label++) {
    const share = labels.filter((one) => one === label).length / labels.length
    assert.ok(share > 0.07 && share < 0.13, `${label}: ${share}`)
  }
})
