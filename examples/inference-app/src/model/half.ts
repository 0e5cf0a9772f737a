// Numbers of 16 bits (IEEE 754 binary16): a sign, 5 bits of exponent, 10 of fraction.

/** The bits of the half-precision number nearest to this one, ties to even. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  // Halfway between the largest number and what would come next.
  if (size >= 65520) return sign | 0x7c00
  // Below 2^-14 the numbers lie 2^-24 apart.
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  const fraction = roundToEven((size / 2 ** exponent - 1) * 1024)
  // A fraction that is rounded up to 1024 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + fraction)
}

/** The number that these 16 bits mean. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest === 0.5) return floor + (floor % 2)
  return rest < 0.5 ? floor : floor + 1
}
