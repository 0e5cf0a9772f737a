import { isDeepStrictEqual } from 'node:util'
import type { FleetEvent } from '../../../src/arbiter/fleet/event.js'
import type { Fleet } from '../../../src/arbiter/fleet/state.js'
import { freezeFleet } from './frozen.js'
import { conclude, createHistory, observe, type Step } from './history.js'
import { type Invariant, invariants } from './invariants.js'
import type { Reducer } from './reducer.js'

/** A step broke an invariant. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  readonly invariant: string

  constructor(invariant: string, problem: string, story: readonly string[]) {
    super(`${invariant}: ${problem}\n${story.join('\n')}`)
    this.invariant = invariant
  }
}

/** A reducer's `step` that throws when an invariant does not hold. */
export interface Audit {
  step(fleet: Fleet, event: FleetEvent, now: number): Step
  /** How many steps were taken. */
  steps(): number
}

/** How many steps the story of an error tells. */
const storyLength = 15

/**
 * An audit of one fleet from its first step on.
 *
 * @param chosen - the invariants to check; the purity of `step` is checked by its own name, `stepIsPure`
 */
export function createAudit(
  reducer: Reducer,
  chosen: readonly Invariant[] = [stepIsPure, ...invariants],
): Audit {
  const history = createHistory()
  const recent: Step[] = []
  const pure = chosen.includes(stepIsPure)
  let count = 0

  function step(fleet: Fleet, event: FleetEvent, now: number): Step {
    count++
    const taken: Step = { before: fleet, event, now, ...run(fleet, event, now) }
    recent.push(taken)
    if (recent.length > storyLength) recent.shift()
    const facts = observe(history, taken)
    for (const invariant of chosen) {
      const problem = invariant({ ...taken, facts, history })
      if (problem) throw new InvariantError(invariant.name, problem, recent.map(tell))
    }
    conclude(history, taken)
    return taken
  }

  function run(fleet: Fleet, event: FleetEvent, now: number): Pick<Step, 'after' | 'effects'> {
    if (!pure) return runOnce(fleet, event, now)
    freezeFleet(fleet)
    const first = runOnce(fleet, event, now)
    if (isDeepStrictEqual(first, runOnce(fleet, event, now))) return first
    throw new InvariantError(stepIsPure.name, 'twice the same, two results', recent.map(tell))
  }

  function runOnce(fleet: Fleet, event: FleetEvent, now: number): Pick<Step, 'after' | 'effects'> {
    try {
      const { fleet: after, effects } = reducer.step(fleet, event, now)
      return { after, effects }
    } catch (error) {
      throw new InvariantError(stepIsPure.name, String(error), [
        ...recent.map(tell),
        `${now}: ${JSON.stringify(event)}`,
      ])
    }
  }

  return { step, steps: () => count }
}

/** The same fleet and event lead to the same result, and neither is touched. It is checked where `step` is called. */
export function stepIsPure(): undefined {}

/** `1200: {"type":"beat","id":1} -> spawn 5, notice reload-started | 1:0.1 ready`. */
function tell({ event, now, after, effects }: Step): string {
  const done = effects.map((effect) => {
    if (effect.type === 'notice') return effect.notice.type
    return 'id' in effect ? `${effect.type} ${effect.id}` : effect.type
  })
  const workers = [...after.workers.values()].map(
    ({ id, slot, generation, state }) => `${id} ${state} (slot ${slot}, generation ${generation})`,
  )
  return `${now}: ${JSON.stringify(event)} -> ${done.join(', ') || 'nothing'} | ${workers.join(', ')}`
}
