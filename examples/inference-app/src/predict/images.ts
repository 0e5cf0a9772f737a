import { Refusal } from '../http/refusal.js'
import { isObject, nameOf, quote } from '../http/value.js'

/** What a request for predictions asks for. */
export interface Images {
  /** All images, one after the other, from 0 (paper) to 1 (ink). */
  pixels: Float32Array
  count: number
  /** The number that meant full ink in the request. */
  scale: number
}

const scales = [255, 1]
const defaultScale = 255
const fields = ['image', 'images', 'scale']

/**
 * Checks the parsed body of a request, `{ "image": […], "scale": 255 }` or `{ "images": [[…], …], "scale": 1 }`, where
 * every image has `imageSize` numbers. Throws a refusal that names the first bad value.
 */
export function readImages(body: unknown, imageSize: number): Images {
  if (!isObject(body)) {
    throw bad(`The body is ${nameOf(body)}; it must be an object with image or images.`)
  }
  const unknown = Object.keys(body).find((key) => !fields.includes(key))
  if (unknown !== undefined) {
    throw bad(`There is no field ${quote(unknown)}; the fields are ${fields.join(', ')}.`)
  }
  const scale = readScale(body.scale)
  const images = listImages(body)
  const pixels = new Float32Array(images.length * imageSize)
  images.forEach(([name, image], index) => {
    copyImage(name, image, scale, pixels.subarray(index * imageSize, (index + 1) * imageSize))
  })
  if (body.scale === undefined) refuseUnclearScale(pixels)
  return { pixels, count: images.length, scale }
}

function readScale(scale: unknown): number {
  if (scale === undefined) return defaultScale
  if (typeof scale === 'number' && scales.includes(scale)) return scale
  throw bad(`scale is ${nameOf(scale)}; it must be 255 or 1, the number that means full ink.`)
}

/** Every image with its name in error messages. */
function listImages({ image, images }: Record<string, unknown>): [string, unknown][] {
  if (image !== undefined && images !== undefined) {
    throw bad('The body has both image and images; send one of them.')
  }
  if (image !== undefined) return [['image', image]]
  if (images === undefined) throw bad('The body has neither image nor images; send one of them.')
  if (!Array.isArray(images)) throw bad(`images is ${nameOf(images)}; it must be an array of images.`)
  if (images.length === 0) throw bad('images is empty; send at least one image.')
  return images.map((one, index) => [`images[${index}]`, one])
}

function copyImage(name: string, image: unknown, scale: number, target: Float32Array): void {
  if (!Array.isArray(image))
    throw bad(`${name} is ${nameOf(image)}; it must be an array of ${target.length} numbers.`)
  if (image.length !== target.length) {
    throw bad(`${name} has ${image.length} numbers; it must have ${target.length}.`)
  }
  for (let index = 0; index < target.length; index++) {
    const value: unknown = image[index]
    // Written so that NaN is refused too.
    if (typeof value !== 'number' || !(value >= 0 && value <= scale)) {
      throw bad(`${name}[${index}] is ${nameOf(value)}; it must be a number from 0 to ${scale}.`)
    }
    target[index] = value / scale
  }
}

/** Images from 0 to 1 sent without a scale would be read as nearly blank, and the answer would be wrong but look right. */
function refuseUnclearScale(pixels: Float32Array): void {
  const most = pixels.reduce((most, value) => Math.max(most, value), 0)
  if (most > 0 && most <= Math.fround(1 / defaultScale)) {
    throw bad('No number is above 1, so it is unclear what full ink is; add "scale": 1 or "scale": 255.')
  }
}

function bad(sentence: string): Refusal {
  return new Refusal(400, sentence)
}
