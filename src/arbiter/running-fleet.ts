import type { Effect, FleetEvent } from './fleet/event.js'
import { step } from './fleet/fleet.js'
import type { Fleet } from './fleet/state.js'

/** A fleet in time: what happens to it comes in, and what it asks for is carried out. */
export interface RunningFleet {
  /** The fleet as it is now. */
  now(): Fleet
  dispatch(event: FleetEvent): void
}

/** Runs a fleet by the monotonic clock. */
export function runFleet(first: Fleet, carryOut: (effect: Effect) => void): RunningFleet {
  const events: FleetEvent[] = []
  let fleet = first
  let timer: NodeJS.Timeout | undefined

  /** An effect may bring the next event at once, so events wait their turn. */
  function dispatch(event: FleetEvent): void {
    events.push(event)
    if (events.length > 1) return
    for (let next = events[0]; next; next = events[0]) {
      const { fleet: after, effects } = step(fleet, next, performance.now())
      fleet = after
      for (const effect of effects) carryOut(effect)
      events.shift()
    }
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    if (fleet.wakeAt === Number.POSITIVE_INFINITY) return
    const wait = Math.max(1, Math.ceil(fleet.wakeAt - performance.now()))
    timer = setTimeout(() => dispatch({ type: 'wake' }), wait)
  }

  return { now: () => fleet, dispatch }
}
