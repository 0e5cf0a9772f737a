/** A request of an open loop: it is sent when it is due, whatever has become of those before. */
export interface Arrival {
  /** Milliseconds from the beginning. */
  due: number
  /** How long its handler takes, in milliseconds. */
  service: number
}

export interface Percentiles {
  p50: number
  p90: number
  p99: number
}

/** Poisson arrivals, 90 % of 10 ms and 10 % of 100 ms: the same for the same seed. */
export function makeArrivals(options: { seed: number; rate: number; seconds: number }): Arrival[] {
  const random = randomNumbers(options.seed)
  const arrivals: Arrival[] = []
  for (let due = 0; due < options.seconds * 1000; due += (-Math.log(random()) * 1000) / options.rate) {
    arrivals.push({ due, service: random() < 0.9 ? 10 : 100 })
  }
  return arrivals
}

/** Numbers above 0 and up to 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 2 ** 32
  }
}

/**
 * Times in an ideal system: one queue, first come first served, and whichever worker is free takes the next. Without
 * knowing the future no way of sharing out work of which nothing is known beforehand does better at the tail.
 */
export function idealTimes(arrivals: readonly Arrival[], workers: number): number[] {
  const freeAt = new Array<number>(workers).fill(0)
  return arrivals.map(({ due, service }) => {
    const first = freeAt.indexOf(Math.min(...freeAt))
    const end = Math.max(due, freeAt[first] ?? 0) + service
    freeAt[first] = end
    return end - due
  })
}

export function percentiles(times: readonly number[]): Percentiles {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}
