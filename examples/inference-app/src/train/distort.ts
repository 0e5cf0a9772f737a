import { type Random, spread } from './random.js'

const side = 28
const centre = (side - 1) / 2

/** How far a distortion may go. */
export interface Distortion {
  /** Scaling of each axis: 0.1 is 10 % smaller to 10 % larger. */
  scale: number
  /** Slant of each axis by the other; both together are a rotation. 0.2 is about 11 degrees. */
  slant: number
  /** Shift of each axis, in pixels. */
  shift: number
}

/**
 * Draws an image (bytes, 0 to 255) as another hand might have: scaled, slanted, turned and shifted a little, at random.
 * The result (0 to 1) is written to `target`. It needs no sine, whose last digit may differ between machines.
 */
export function distort(
  image: Uint8Array,
  target: Float32Array,
  { scale, slant, shift }: Distortion,
  random: Random,
): void {
  const xx = 1 + spread(random, scale)
  const yy = 1 + spread(random, scale)
  const xy = spread(random, slant)
  const yx = spread(random, slant)
  const shiftX = centre + spread(random, shift)
  const shiftY = centre + spread(random, shift)

  const inkAt = (x: number, y: number) =>
    x < 0 || y < 0 || x >= side || y >= side ? 0 : (image[y * side + x] as number)

  // Each target pixel looks up where its ink comes from, between four source pixels.
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const sourceX = xx * (column - centre) + xy * (row - centre) + shiftX
      const sourceY = yx * (column - centre) + yy * (row - centre) + shiftY
      const left = Math.floor(sourceX)
      const top = Math.floor(sourceY)
      const right = sourceX - left
      const bottom = sourceY - top
      const ink =
        (1 - bottom) * ((1 - right) * inkAt(left, top) + right * inkAt(left + 1, top)) +
        bottom * ((1 - right) * inkAt(left, top + 1) + right * inkAt(left + 1, top + 1))
      target[row * side + column] = ink / 255
    }
  }
}
