import type { FleetEvent } from '../../../src/arbiter/fleet/event.js'
import type { Fleet, Policy } from '../../../src/arbiter/fleet/state.js'
import type { WantedAddress } from '../../../src/ipc/messages.js'
import { steady } from './conduct.js'

/** What an outsider does to a fleet, or a process of it says. `who` picks the worker. */
export type Deed =
  | { type: 'spawned' | 'loaded' | 'ready' | 'beat' | 'examined' | 'recycle'; who: number }
  | { type: 'failed' | 'spawn-failed' | 'crash' | 'kill' | 'request' | 'error'; who: number }
  | { type: 'needs'; who: number; how: WantedAddress['how'] }
  | { type: 'stop' | 'quit' | 'leave' | 'reload' | 'wake' | 'more' | 'fewer' | 'pause' | 'moved' | 'unmoved' }
  | { type: 'looked'; queued: number }
  | { type: 'retune'; policy: Policy; target: number | undefined }

/** All is well: whoever boots is ready, whoever is to leave has left, the others beat, and who looks sees the load. */
export type Bliss = { type: 'bliss'; utilization: number | undefined; queued: number }

const exit = { code: 1, signal: null, outOfMemory: false } as const

/** What everybody says when all is well. */
export function blissOf(fleet: Fleet, { utilization, queued }: Bliss): FleetEvent[] {
  const moved: FleetEvent[] = fleet.seeker ? [{ type: 'address-held', seeker: fleet.seeker.id }] : []
  const workers = [...fleet.workers.values()].map(({ id, state }): FleetEvent => {
    if (state === 'ready') return { type: 'beat', id, ...(utilization !== undefined && { utilization }) }
    return state === 'starting' || state === 'loaded' ? { type: 'ready', id } : { type: 'exited', id, exit }
  })
  const looked: FleetEvent[] = fleet.lookAt === Number.POSITIVE_INFINITY ? [{ type: 'looked', queued }] : []
  return [...moved, ...workers, ...looked]
}

/** The event that a deed is for this fleet; it may be about a worker that is not there. */
export function eventOf(deed: Deed, fleet: Fleet): FleetEvent {
  const id = 'who' in deed ? pick(fleet, deed.who) : 0
  const seeker = fleet.seeker?.id ?? 0
  switch (deed.type) {
    case 'spawned':
      return { type: 'spawned', id, pid: 1_000 + id }
    case 'failed':
      return { type: 'failed', id, failure: steady.failure }
    case 'needs':
      return {
        type: 'address-needed',
        id,
        wanted: { address: '[::]:3000', how: deed.how },
        failure: steady.failure,
      }
    case 'moved':
      return { type: 'address-held', seeker }
    case 'unmoved':
      return { type: 'address-refused', seeker, exitCode: 1 }
    case 'spawn-failed':
      return { type: 'spawn-failed', id, message: 'spawn EAGAIN' }
    case 'recycle':
      return { type: 'recycle', id, reason: 'max-requests' }
    case 'crash':
      return { type: 'exited', id, exit }
    case 'kill':
      return { type: 'exited', id, exit: { code: null, signal: 'SIGKILL', outOfMemory: false } }
    case 'request':
      return { type: 'leaving', id, reason: 'request' }
    case 'error':
      return { type: 'leaving', id, reason: 'crash' }
    case 'stop':
    case 'quit':
      return { type: 'stop', quick: deed.type === 'quit' }
    case 'leave':
      return { type: 'stop', quick: false, servedOn: true }
    case 'more':
      return { type: 'scale', target: fleet.target + 1 }
    case 'fewer':
      return { type: 'scale', target: fleet.target - 1 }
    case 'retune':
      return {
        type: 'reload',
        policy: deed.policy,
        ...(deed.target !== undefined && { target: deed.target }),
      }
    case 'looked':
      return deed
    case 'reload':
    case 'pause':
    case 'wake':
      return { type: deed.type }
    default:
      return { type: deed.type, id }
  }
}

/** The id of some worker; now and then of one that was reaped long ago, or never born. */
export function pick({ workers }: Fleet, who: number): number {
  return [...workers.keys()][who % (workers.size + 1)] ?? who
}
