import { rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Digits, imageSize, writeHeldOut } from '../digits.js'
import { loadModel } from '../server/model.js'
import { readDigits, split } from './data.js'
import { fit, type Plan } from './fit.js'
import { createNetwork, indexOfLargest } from './network.js'
import { encodeModel } from './onnx.js'
import { createRandom } from './random.js'

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

const encoded = encodeModel(network)
const accuracy = await measureAccuracy(encoded, heldOut)
console.log(`Accuracy on the held-out digits: ${(accuracy * 100).toFixed(2)} %`)
if (accuracy < leastAccuracy) {
  console.error(`That is below ${leastAccuracy * 100} %: nothing is written.`)
  process.exitCode = 1
} else {
  await writeHeldOut(heldOut)
  const path = fileURLToPath(new URL('../../models/digits.onnx', import.meta.url))
  // Renamed into place, so that a server that is just starting never reads half a model.
  await writeFile(`${path}.new`, encoded)
  await rename(`${path}.new`, path)
  console.log(`Wrote ${path} (${encoded.length} bytes).`)
}

/** The share of digits that the encoded model recognises, run as the server runs it. */
async function measureAccuracy(model: Uint8Array, { pixels, labels }: Digits): Promise<number> {
  const { predict, outputWidth } = await loadModel(model)
  const outputs = await predict(
    Float32Array.from(pixels, (ink) => ink / 255),
    labels.length,
  )
  const right = labels.filter((label, index) => {
    return indexOfLargest(outputs.subarray(index * outputWidth, (index + 1) * outputWidth)) === label
  })
  return right.length / labels.length
}
