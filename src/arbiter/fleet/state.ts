import type { Patience } from './patience.js'

/** Why a worker left or was made to leave. Part of the contract: log, status and metrics use these words. */
export type Reason =
  | 'crash'
  | 'killed'
  | 'oom'
  | 'hung'
  | 'boot-timeout'
  | 'boot-failure'
  | 'max-requests'
  | 'max-memory'
  | 'max-lifetime'
  | 'reload'
  | 'scale'
  | 'stop'
  | 'request'

/**
 * What a worker is doing, as far as the arbiter knows:
 *
 * | state    | meaning                                                   | next                       |
 * | -------- | --------------------------------------------------------- | -------------------------- |
 * | starting | spawned; its app is being imported                        | loaded, quitting, killed   |
 * | loaded   | app imported and started, not listening yet               | ready, quitting, killed    |
 * | ready    | accepts connections                                       | draining, hung, quitting   |
 * | draining | finishes what is in flight, takes nothing new             | quitting, hung, killed     |
 * | quitting | told to end now, or no longer wanted while it booted      | draining, killed           |
 * | hung     | its event loop is silent; its stack is being examined     | killed                     |
 * | killed   | sent SIGKILL, not reaped yet                              |                            |
 *
 * A worker leaves the fleet when its exit is reaped, whatever its state.
 */
export type WorkerState = 'starting' | 'loaded' | 'ready' | 'draining' | 'quitting' | 'hung' | 'killed'

/** One worker process. All times are milliseconds of the shell's monotonic clock. */
export interface Worker {
  /** Unique for the life of the arbiter; larger means younger. */
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly pid: number | undefined
  readonly state: WorkerState
  readonly spawnedAt: number
  readonly readyAt: number | undefined
  /** The last sign of life of its event loop. */
  readonly beatAt: number
  /** When the state it is in must have ended: boot, drain, quit or examination. */
  readonly deadline: number | undefined
  /** Why it was asked to leave or was given up; undefined while it is wanted. */
  readonly reason: Reason | undefined
  /** Why a successor should take its place, asked for while it serves on. */
  readonly recycle: Reason | undefined
  /** The share of time in which its event loop was busy, as its last beat said; undefined before the first. */
  readonly utilization: number | undefined
}

/** The stable place of a worker, and how often its workers died young. */
export interface Slot {
  /** Deaths in a row without having served a while. */
  readonly failures: number
  /** No spawn before this time. */
  readonly retryAt: number
  /** Workers that left this slot without being asked to. */
  readonly restarts: number
}

/** For how long the load has asked for another number of workers. */
export interface Trend {
  /** Since when the workers have been too busy; undefined while they are not. */
  readonly busySince: number | undefined
  /** Since when fewer workers would have been enough; undefined while they would not. */
  readonly calmSince: number | undefined
  /** The most that was asked of them since then, in workers that are wholly busy. */
  readonly peak: number
}

/** The replacing of one generation by the next. */
export interface Rollout {
  readonly generation: number
  readonly startedAt: number
  /** The number of slots that it brings once it is done; undefined where that stays. */
  readonly target: number | undefined
}

export interface Stop {
  readonly quick: boolean
  /** Workers serve on until then, while readiness already says no. */
  readonly drainAt: number
  /** The arbiter's own copies of the listening sockets were given up. */
  readonly released: boolean
  /** Another arbiter serves the sockets on, and answers what is queued there. */
  readonly servedOn: boolean
  readonly exitCode: number
}

/** What the operator set; replaced as a whole when the configuration is read again. */
export interface Policy {
  /** Silence after which a ready worker is hung, in milliseconds; 0 = never. */
  readonly timeout: number
  readonly gracefulTimeout: number
  readonly bootTimeout: number
  readonly drainLinger: number
  /** Extra workers during a rollout: a number, or a share of the target. 0 = stop first. */
  readonly surge: { readonly count: number } | { readonly percent: number }
  /** How long a new worker must stay alive after ready before its predecessor is asked to leave. */
  readonly provingTime: number
  readonly shutdownDelay: number
  /** Between which bounds the number of slots follows the load; undefined where it does not. */
  readonly autoscale: Bounds | undefined
}

export interface Bounds {
  readonly min: number
  readonly max: number
  /** How long fewer workers must have been enough before the others leave, in milliseconds. */
  readonly downAfter: number
}

/** Everything the arbiter's decisions rest on. Plain data; only `step` makes a new one. */
export interface Fleet {
  readonly policy: Policy
  /** The number of slots to keep filled. */
  readonly target: number
  /** How many slots there are to be again after a pause; undefined while there is none. In a pause the target is 0. */
  readonly paused: number | undefined
  /** The generation known to be good: it is the one that stays when a rollout fails. */
  readonly generation: number
  /** The generation that is spawned now: that of the rollout, else the good one. */
  readonly goal: number
  /** The highest generation ever given out. */
  readonly newest: number
  readonly rollout: Rollout | undefined
  /** A reload that came during a rollout, or before anything was ready: one more rollout follows. */
  readonly reloadQueued: boolean
  /** The number of slots that the next rollout is to bring; undefined where that stays. */
  readonly plannedTarget: number | undefined
  /** Some worker loaded the app: until then only slot 0 boots, so that a mistake is reported once. */
  readonly appLoaded: boolean
  /** Some worker was ready once: from then on a failure to boot never ends the arbiter. */
  readonly everReady: boolean
  /** All slots were ready since the last change of generation or target; so it is said once. */
  readonly announced: boolean
  /** The last time somebody served; of no meaning before anybody was ready. */
  readonly servedAt: number
  /** A worker whose script listens at an address that is being bound. Nothing boots meanwhile. */
  readonly seeker: Worker | undefined
  /** How often an address was sought by workers of the newest generation. */
  readonly sought: number
  readonly stop: Stop | undefined
  readonly exited: boolean
  /** What the load was like lately. */
  readonly trend: Trend
  /** For how long it is waited before workers leave for want of work. */
  readonly patience: Patience
  /** When the load is to be looked at; infinity while the answer is on its way. */
  readonly lookAt: number
  /** How many workers have left so far, by reason. */
  readonly exits: Readonly<Partial<Record<Reason, number>>>
  readonly workers: ReadonlyMap<number, Worker>
  readonly slots: ReadonlyMap<number, Slot>
  readonly nextId: number
  /** The time of the last event. */
  readonly now: number
  /** When the next `wake` is due. */
  readonly wakeAt: number
}

/** Waits that are not the operator's to set, in milliseconds. */
export const waits = {
  /** The arbiter looks at its fleet at least this often, also to notice that it was itself suspended. */
  tick: 1_000,
  /** A wake this much late means that the machine or the arbiter stood still: nobody is blamed for it. */
  suspended: 1_000,
  /** A worker told to end at once has this long (gunicorn gives the same). */
  quit: 2_000,
  /** A worker destroys its remaining sockets at the graceful timeout and has this long to clean up. */
  drainMargin: 2_000,
  /** The stack of a hung worker must be had within this. */
  examine: 3_000,
} as const

/** Whether the worker is on its way out: it counts for nothing any more. */
export function isLeaving(worker: Worker): boolean {
  return worker.state !== 'starting' && worker.state !== 'loaded' && worker.state !== 'ready'
}

/** Whether the worker is on its way to ready. */
export function isBooting(worker: Worker): boolean {
  return worker.state === 'starting' || worker.state === 'loaded'
}

/** Whether the worker serves and has lived long enough after ready to be trusted. */
export function isProven(worker: Worker, policy: Policy, now: number): boolean {
  return (
    worker.state === 'ready' && worker.readyAt !== undefined && now - worker.readyAt >= policy.provingTime
  )
}

/** The workers of a slot that are not leaving, eldest first. */
export function occupants(fleet: Fleet, slot: number): Worker[] {
  // Asked for each slot several times a step: a loop costs a third of a copy and a filter.
  const present: Worker[] = []
  for (const worker of fleet.workers.values()) {
    if (worker.slot === slot && !isLeaving(worker)) present.push(worker)
  }
  return present
}

/** How many extra workers a rollout may have at once. */
export function surge(fleet: Fleet): number {
  const { surge } = fleet.policy
  if ('count' in surge) return surge.count
  return surge.percent === 0 ? 0 : Math.max(1, Math.ceil((fleet.target * surge.percent) / 100))
}

/** The slot's record; a slot nothing happened to yet has an empty one. */
export function slotOf(fleet: Fleet, slot: number): Slot {
  return fleet.slots.get(slot) ?? { failures: 0, retryAt: Number.NEGATIVE_INFINITY, restarts: 0 }
}
