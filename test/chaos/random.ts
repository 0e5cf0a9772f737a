/** A source of numbers that are the same for the same seed. */
export interface Random {
  /** From 0 on and below 1. */
  fraction(): number
  /** A whole number from `low` to `high`, both possible. */
  integer(low: number, high: number): number
  /** True so often out of 1. */
  chance(probability: number): boolean
}

/** Marsaglia's xorshift with 32 bits of state; its first numbers depend little on a small seed and are thrown away. */
export function createRandom(seed: number): Random {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1
  const fraction = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  for (let skipped = 0; skipped < 16; skipped++) fraction()
  return {
    fraction,
    integer: (low, high) => low + Math.floor(fraction() * (high - low + 1)),
    chance: (probability) => fraction() < probability,
  }
}

/** One of several, each as likely as its weight. */
export function pickWeighted<T>(random: Random, choices: readonly (readonly [T, number])[]): T {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0)
  let rest = random.fraction() * total
  for (const [choice, weight] of choices) {
    rest -= weight
    if (rest < 0) return choice
  }
  throw new Error('nothing to pick from')
}
