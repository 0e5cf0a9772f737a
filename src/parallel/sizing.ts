/** How many items the next chunk should hold. */
export interface Sizing {
  /** `left` items are not in a chunk yet, where that is known. */
  next(left?: number): number
  /** A chunk of so many items took so long, in milliseconds. */
  learn(items: number, milliseconds: number): void
  /** How long one item has taken lately, in milliseconds; undefined before the first. */
  mean(): number | undefined
}

/** What a chunk should take: long beside the cost of sending it, short beside a person's patience. */
const goal = 100
/** Bounds the memory that chunks of very quick items take; beyond this size sending costs nothing any more. */
const largest = 4096

/** Towards the end chunks shrink, so that no worker computes the last one while the others have nothing, down to this. */
const shortest = 5

/** What chunks are made for. */
export interface SizingOptions {
  chunk: number | 'auto'
  /** The longest an item may take, in milliseconds; 0 is no limit. */
  timeout: number
  /** Chunks that are under way at once. */
  lanes: number
}

/** Chunks of a fixed size, or, with `auto`, of one item at first and at most twice as many each time. */
export function createSizing({ chunk, timeout, lanes }: SizingOptions): Sizing {
  const patience = timeout > 0 ? Math.min(goal, timeout) : goal
  let size = chunk === 'auto' ? 1 : chunk
  let mean: number | undefined
  return {
    next(left) {
      if (chunk !== 'auto' || left === undefined || mean === undefined) return size
      const share = Math.ceil(left / lanes)
      return Math.max(1, Math.min(size, Math.max(share, Math.floor(shortest / Math.max(mean, 1e-6)))))
    },
    learn(items, milliseconds) {
      mean = milliseconds / items
      if (chunk !== 'auto') return
      const ideal = Math.floor(patience / Math.max(mean, 1e-6))
      // What a smaller chunk than asked for has shown says little about larger ones.
      const most = items >= size ? size * 2 : size
      size = Math.max(1, Math.min(ideal, most, largest))
    },
    mean: () => mean,
  }
}
