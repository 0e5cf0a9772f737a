import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Digits, imageSize } from '../digits.js'
import { type Random, shuffledIndices } from './random.js'

/** The 10 000 digits of the `mnist` package, sorted by label. */
export async function readDigits(): Promise<Digits> {
  // The files are read one by one: requiring the package would hold all digits as JavaScript arrays at once.
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist/package.json')), 'src', 'digits')
  const byLabel: Uint8Array[] = []
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(await readFile(join(folder, `${label}.json`), 'utf8')) as { data: number[] }
    // The package rounds byte / 255 to three decimals; multiplying gives the exact byte back.
    byLabel.push(Uint8Array.from(data, (ink) => Math.round(ink * 255)))
  }
  return {
    pixels: Buffer.concat(byLabel),
    labels: Buffer.concat(byLabel.map((pixels, label) => Buffer.alloc(pixels.length / imageSize, label))),
  }
}

/** Splits the digits at random into `heldOut` of them and the rest, both in random order. */
export function split(
  digits: Digits,
  heldOut: number,
  random: Random,
): { training: Digits; heldOut: Digits } {
  const order = shuffledIndices(random, digits.labels.length)
  return {
    training: pick(digits, order.subarray(heldOut)),
    heldOut: pick(digits, order.subarray(0, heldOut)),
  }
}

function pick(digits: Digits, indices: Uint32Array): Digits {
  const pixels = new Uint8Array(indices.length * imageSize)
  const labels = new Uint8Array(indices.length)
  indices.forEach((index, position) => {
    pixels.set(digits.pixels.subarray(index * imageSize, (index + 1) * imageSize), position * imageSize)
    labels[position] = digits.labels[index] as number
  })
  return { pixels, labels }
}
