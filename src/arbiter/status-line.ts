import { type Fleet, isBooting, isLeaving, type Worker } from './fleet/state.js'

/** How the fleet is, in one line: `3 of 4 workers ready, generation 2, 1 booting; 1 restart so far`. */
export function statusLine(fleet: Fleet): string {
  const workers = [...fleet.workers.values()]
  if (fleet.stop) return `Stopping: ${count(workers.length, 'worker')} left`
  const { target, generation, rollout } = fleet
  const ready = workers.filter(({ state }) => state === 'ready')
  return [
    `${slotsOf(ready)} of ${count(target, 'worker')} ready, generation ${generation}`,
    ...some(workers.filter(isBooting), 'booting'),
    ...some(workers.filter(isLeaving), 'leaving'),
    ...(rollout
      ? [`; reloading: ${slotsOf(ofGeneration(ready, rollout.generation))} of ${target} replaced`]
      : []),
    ...restarts(fleet),
  ].join('')
}

/** For a moment two workers are ready in one slot. */
function slotsOf(workers: readonly Worker[]): number {
  return new Set(workers.map(({ slot }) => slot)).size
}

function ofGeneration(workers: readonly Worker[], wanted: number): Worker[] {
  return workers.filter(({ generation }) => generation === wanted)
}

function some({ length }: readonly Worker[], what: string): string[] {
  return length === 0 ? [] : [`, ${length} ${what}`]
}

function restarts({ slots }: Fleet): string[] {
  const sum = [...slots.values()].reduce((total, slot) => total + slot.restarts, 0)
  return sum === 0 ? [] : [`; ${count(sum, 'restart')} so far`]
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
