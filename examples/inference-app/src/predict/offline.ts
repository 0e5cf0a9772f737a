import { imageSize } from '../digits.js'
import { createTensor, type Model, type Slot } from '../model/model.js'
import { type Images, readImages } from './images.js'
import { describePrediction, labels } from './prediction.js'

/** Items of one run of the model. */
const batch = 64

/**
 * Reads digits without a server, for `nworkers map`: an item is what `POST /predict` takes, with one image, or the
 * array of its pixels. The mark `batch` says that the function takes so many items at once. A bad item rejects the call.
 */
export function offlinePredict(model: Model) {
  const [input, output] = [model.inputs[0] as Slot, model.outputs[0] as Slot]

  async function predict(items: unknown[]) {
    const images = items.map((item) => readImages(Array.isArray(item) ? { image: item } : item, imageSize))
    const pixels = new Float32Array(items.length * imageSize)
    for (const [index, image] of images.entries()) pixels.set(only(image), index * imageSize)
    const tensor = createTensor(input.datatype, pixels, [items.length, imageSize])
    const outputs = await model.run({ [input.name]: tensor })
    const rows = outputs[output.name]?.data as Float32Array
    return items.map((_, index) => describePrediction(rows.subarray(index * labels, (index + 1) * labels)))
  }

  return Object.assign(predict, { batch })
}

function only({ pixels, count }: Images): Float32Array {
  if (count === 1) return pixels
  throw new Error(`An item has one image, but here are ${count}.`)
}
