import { readFileSync } from 'node:fs'
import { example } from './server.js'

/** An image of the held-out set as a client would send it, and what it shows. */
export interface Digit {
  /** 784 numbers from 0 to 255. */
  image: number[]
  label: number
}

/** The first `count` of the committed held-out digits, read as any user of the IDX format would. */
export function readHeldOut(count: number): Digit[] {
  const images = readFileSync(new URL('models/held-out-images.idx', example)).subarray(16)
  const labels = readFileSync(new URL('models/held-out-labels.idx', example)).subarray(8)
  return Array.from({ length: count }, (_, index) => ({
    image: [...images.subarray(index * 784, (index + 1) * 784)],
    label: labels[index] as number,
  }))
}
