/** A source of numbers in [0, 1): the same seed gives the same numbers on every machine. */
export type Random = () => number

/** Marsaglia's xorshift with 32 bits of state. The seed is any integer other than 0. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** A number in [-reach, reach). */
export function spread(random: Random, reach: number): number {
  return (random() * 2 - 1) * reach
}

/** The numbers 0 to count - 1 in random order (Fisher and Yates). */
export function shuffledIndices(random: Random, count: number): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1))
    const moved = indices[last] as number
    indices[last] = indices[chosen] as number
    indices[chosen] = moved
  }
  return indices
}
