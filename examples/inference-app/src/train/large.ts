import { parseArgs } from 'node:util'
import { writeModel } from '../onnx/write-model.js'
import { createNetwork } from './network.js'
import { graphOf } from './onnx.js'
import { createRandom } from './random.js'

// Writes a large model of random weights, shaped like the one for digits: to measure memory and batching with.

const usage = 'npm run large-model -- [--external-data] [--sizes 784,4096,4096,4096,10] FILE.onnx'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'external-data': { type: 'boolean', default: false },
    sizes: { type: 'string', default: '784,4096,4096,4096,10' },
  },
})
const [path] = positionals
const sizes = values.sizes.split(',').map(Number)
if (path === undefined || sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
  console.error(`Usage: ${usage}`)
  process.exitCode = 2
} else {
  await writeModel(path, graphOf(createNetwork(sizes, createRandom(1))), values['external-data'])
}
