import type { BoundAddress } from '../sockets/bind.js'
import type { Blueprint } from './blueprint.js'

/** What each generation that lasts is made from. A generation's workers are replaced from its own blueprint. */
export interface Blueprints {
  /** What the next generation is made from, or the newest one is. */
  latest(): Blueprint
  /** The blueprint of a generation; the latest one if it has none. */
  of(generation: number): Blueprint
  /** All that are kept, without repetition. */
  all(): Blueprint[]
  /** The sockets of all that are kept. */
  sockets(): Set<BoundAddress>
  /** The next generation is to be made from this one. */
  prepare(next: Blueprint): void
  /** A generation is being made from the latest one. */
  rollOut(generation: number): void
  /** A generation gets another one, which is the latest from then on. */
  redraw(generation: number, drawn: Blueprint): void
  /** A rollout has failed. Gives whether the latest is that of the generation that stays; a newer one may wait already. */
  rollBack(stays: number): boolean
  /** Forgets those of all other generations, and gives them. */
  keepOnly(generations: readonly number[]): Blueprint[]
}

/** The blueprints of a fleet whose first generation is made from this one. */
export function createBlueprints(first: Blueprint): Blueprints {
  const byGeneration = new Map([[1, first]])
  let latest = first
  let rolledOut = first

  function all(): Blueprint[] {
    return [...new Set([...byGeneration.values(), latest])]
  }

  function rollOut(generation: number): void {
    rolledOut = latest
    byGeneration.set(generation, latest)
  }

  return {
    latest: () => latest,
    of: (generation) => byGeneration.get(generation) ?? latest,
    all,
    sockets: () => new Set(all().flatMap(({ sockets }) => sockets)),
    prepare(next) {
      latest = next
    },
    rollOut,
    redraw(generation, drawn) {
      latest = drawn
      rollOut(generation)
    },
    rollBack(stays) {
      if (latest !== rolledOut) return false
      latest = byGeneration.get(stays) ?? latest
      return true
    },
    keepOnly(generations) {
      const others = [...byGeneration].filter(([generation]) => !generations.includes(generation))
      for (const [generation] of others) byGeneration.delete(generation)
      return others.map(([, blueprint]) => blueprint)
    },
  }
}
