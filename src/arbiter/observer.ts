import type { Notice } from './fleet/event.js'
import type { Fleet } from './fleet/state.js'

/** Learns what happens in the fleet, and how the fleet is after it. It must neither throw nor take long. */
export type Observer = (notice: Notice, fleet: Fleet) => void
