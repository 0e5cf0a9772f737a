import type { Fleet } from '../../../src/arbiter/fleet/state.js'

function refuse(): never {
  throw new TypeError('a fleet was changed in place')
}

/** Makes every change of the fleet, down to its last worker, an exception. */
export function freezeFleet(fleet: Fleet): Fleet {
  if (Object.isFrozen(fleet)) return fleet
  for (const map of [fleet.workers, fleet.slots]) {
    for (const value of map.values()) Object.freeze(value)
    Object.freeze(Object.assign(map, { set: refuse, delete: refuse, clear: refuse }))
  }
  for (const part of [fleet.policy, fleet.policy.surge, fleet.stop, fleet.rollout]) Object.freeze(part)
  return Object.freeze(fleet)
}
