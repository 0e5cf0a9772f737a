import { readFile, writeFile } from 'node:fs/promises'

/** Pixels of one image: 28 rows of 28, from the top left. */
export const imageSize = 784

/** Images of digits with what they show. Image i is `pixels[i * 784 .. (i + 1) * 784]`; 0 is paper, 255 is ink. */
export interface Digits {
  pixels: Uint8Array
  labels: Uint8Array
}

/** The digits kept out of training, two files in the IDX format of the MNIST database. */
const heldOutImages = new URL('../models/held-out-images.idx', import.meta.url)
const heldOutLabels = new URL('../models/held-out-labels.idx', import.meta.url)

/** Reads the digits kept out of training. */
export async function readHeldOut(): Promise<Digits> {
  const [pixels, labels] = await Promise.all([readIdx(heldOutImages), readIdx(heldOutLabels)])
  return { pixels, labels }
}

/** Writes the digits kept out of training. */
export async function writeHeldOut(digits: Digits): Promise<void> {
  await Promise.all([
    writeIdx(heldOutImages, [digits.labels.length, 28, 28], digits.pixels),
    writeIdx(heldOutLabels, [digits.labels.length], digits.labels),
  ])
}

// IDX: two zero bytes, the type of the elements (8: unsigned byte), the number of dimensions, each
// dimension as a big-endian 32-bit number, then the elements.

async function readIdx(file: URL): Promise<Uint8Array> {
  const bytes = await readFile(file)
  return bytes.subarray(4 + bytes.readUInt8(3) * 4)
}

async function writeIdx(file: URL, dimensions: number[], elements: Uint8Array): Promise<void> {
  const header = Buffer.alloc(4 + dimensions.length * 4)
  header.writeUInt8(8, 2)
  header.writeUInt8(dimensions.length, 3)
  dimensions.forEach((dimension, index) => {
    header.writeUInt32BE(dimension, 4 + index * 4)
  })
  await writeFile(file, Buffer.concat([header, elements]))
}
