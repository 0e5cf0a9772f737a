import { rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Digits, imageSize, writeHeldOut } from '../digits.js'
import { createTensor, loadModel, type Slot } from '../model/model.js'
import { writeModel } from '../onnx/write-model.js'
import { readDigits, split } from './data.js'
import { fit, type Plan } from './fit.js'
import { createNetwork, indexOfLargest } from './network.js'
import { graphOf } from './onnx.js'
import { createRandom } from './random.js'

// With --external-data the weights go into a file of their own, whose pages all workers share.
const { values } = parseArgs({ options: { 'external-data': { type: 'boolean', default: false } } })

const seed = 20260101
const heldOutCount = 2000
const sizes = [imageSize, 320, 128, 10]
const plan: Plan = {
  epochs: 40,
  batch: 32,
  rate: 0.001,
  distortion: { scale: 0.12, slant: 0.2, shift: 2 },
}
/** Share of the held-out digits that must be recognised before the model is written. */
const leastAccuracy = 0.97

const random = createRandom(seed)
const { training, heldOut } = split(await readDigits(), heldOutCount, random)
console.log(`Training on ${training.labels.length} digits; ${heldOutCount} are kept out.`)

const started = performance.now()
const network = createNetwork(sizes, random)
fit(network, training, plan, random, (epoch) => {
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`Epoch ${epoch} of ${plan.epochs} done after ${seconds} s.`)
})

const path = fileURLToPath(new URL('../../models/digits.onnx', import.meta.url))
// Measured as the server runs it, and renamed into place, so that a server that is just starting never reads half a model.
const candidate = `${path}.new`
await writeModel(candidate, graphOf(network), values['external-data'])
const accuracy = await measureAccuracy(candidate, heldOut)
console.log(`Accuracy on the held-out digits: ${(accuracy * 100).toFixed(2)} %`)
if (accuracy < leastAccuracy) {
  await rm(candidate)
  console.error(`That is below ${leastAccuracy * 100} %: the model is not replaced.`)
  process.exitCode = 1
} else {
  await writeHeldOut(heldOut)
  await rename(candidate, path)
  console.log(`Wrote ${path}.`)
}

/** The share of digits that the model in this file recognises. */
async function measureAccuracy(path: string, { pixels, labels }: Digits): Promise<number> {
  const model = await loadModel(path)
  const [input, output] = [model.inputs[0] as Slot, model.outputs[0] as Slot]
  const images = createTensor(
    input.datatype,
    Float32Array.from(pixels, (ink) => ink / 255),
    [labels.length, imageSize],
  )
  const outputs = await model.run({ [input.name]: images })
  const rows = outputs[output.name]?.data as Float32Array
  const width = rows.length / labels.length
  const right = labels.filter(
    (label, index) => indexOfLargest(rows.subarray(index * width, (index + 1) * width)) === label,
  )
  return right.length / labels.length
}
