import type { Effect, Exit, FleetEvent, Notice } from '../../../src/arbiter/fleet/event.js'
import type { Fleet, Policy, Worker } from '../../../src/arbiter/fleet/state.js'
import { createAgenda } from './agenda.js'
import { type Audit, createAudit } from './audit.js'
import { type Conduct, never, steady } from './conduct.js'
import { type Reducer, reducer as realReducer } from './reducer.js'

/** What the operator set in most stories. */
export const usualPolicy: Policy = {
  timeout: 30_000,
  gracefulTimeout: 30_000,
  bootTimeout: 60_000,
  drainLinger: 5_000,
  surge: { count: 1 },
  provingTime: 500,
  shutdownDelay: 0,
  autoscale: undefined,
}

export type Spawn = Effect & { type: 'spawn' }

/** What is asked of the workers. */
export interface Load {
  /** How busy a worker was since its last beat; undefined if it does not say. */
  utilization(id: number): number | undefined
  queued(): number
}

const noLoad: Load = { utilization: () => undefined, queued: () => 0 }

interface Process {
  readonly id: number
  conduct: Conduct
  alive: boolean
  /** It has begun to serve. */
  serves: boolean
  /** Its event loop does not turn: it neither beats nor obeys. */
  stuck: boolean
}

export interface World {
  /** Tells the fleet that this happened now. */
  send(event: FleetEvent): void
  /** Lets this much time pass. */
  run(span: number): void
  /** Lets time pass until this is so, at most so long; tells whether it came true. */
  until(condition: () => boolean, span: number): boolean
  /** The whole process group stands still for this long, the arbiter and its clock's timers included. */
  suspend(span: number): void
  /** The worker's process ends without having been asked to. */
  crash(id: number, exit?: Partial<Exit>): void
  /** The event loop of the worker stops turning. */
  stick(id: number): void
  /** What beats and looks tell of the load from now on. */
  load(load: Load): void
  /** How the processes spawned from now on behave. */
  behave(conduct: (spawn: Spawn) => Conduct): void
  /** From now on every process boots well, and those that are there no longer die by themselves. */
  settleDown(): void
  fleet(): Fleet
  now(): number
  workers(): Worker[]
  /** The arbiter's exit code, once it has ended. */
  exitCode(): number | undefined
  /** What the shell was told to do, with the times. */
  trace(): readonly { at: number; effect: Effect }[]
  notices(): Notice[]
}

/** How long the arbiter takes to bind, in milliseconds. */
const binds = 5

/** How long a look at the accept queues takes, in milliseconds. */
const looks = 1

/** From SIGKILL until the exit is reaped, in milliseconds. */
const killTakes = 5

/** More steps than any world needs: something goes round in circles. */
const mostSteps = 100_000

/**
 * A shell without processes and without a clock: it carries the effects of a fleet out in a simulation and jumps
 * from one event to the next, always in the same order. Every step is audited.
 *
 * @param options.conduct - how the process of this spawn behaves
 */
export function createWorld(options: {
  workers: number
  policy?: Partial<Policy>
  conduct?: (spawn: Spawn) => Conduct
  reducer?: Reducer
  audit?: Audit
  /** Whether the addresses that scripts choose are not to be had; then with this exit code. */
  refusal?: number
}): World {
  const { workers, reducer = realReducer, audit = createAudit(reducer) } = options
  const { refusal } = options
  const processes = new Map<number, Process>()
  const agenda = createAgenda<Process>()
  /** Stands for the arbiter's own part, which never ends. */
  const shell: Process = { id: 0, conduct: steady, alive: true, serves: false, stuck: false }
  const trace: { at: number; effect: Effect }[] = []
  let conduct = options.conduct ?? (() => steady)
  let fleet = reducer.createFleet({ ...usualPolicy, ...options.policy }, workers)
  let load = noLoad
  let now = 0
  let exitCode: number | undefined

  function send(event: FleetEvent): void {
    if (trace.length > mostSteps) throw new Error(`The world takes more than ${mostSteps} effects.`)
    const { after, effects } = audit.step(fleet, event, now)
    fleet = after
    for (const effect of effects) {
      trace.push({ at: now, effect })
      if (effect.type === 'spawn') start(effect)
      else if (effect.type === 'hold-address') agenda.add(now + binds, shell, () => bind(effect))
      else if (effect.type === 'look')
        agenda.add(now + looks, shell, () => send({ type: 'looked', queued: load.queued() }))
      else if (effect.type === 'exit') exitCode = effect.code
      else obey(effect)
    }
  }

  function bind({ seeker }: Effect & { type: 'hold-address' }): void {
    if (refusal !== undefined) send({ type: 'address-refused', seeker, exitCode: refusal })
    else send({ type: 'address-held', seeker })
    if (refusal === undefined) send({ type: 'recycle', id: seeker, reason: 'request' })
  }

  function start(spawn: Spawn): void {
    const { id } = spawn
    const process: Process = { id, conduct: conduct(spawn), alive: true, serves: false, stuck: false }
    const { refused, loads, readies, unheard, fails, needs, wanted, failure, dies, exit } = process.conduct
    processes.set(id, process)
    if (refused !== undefined) {
      process.alive = false
      plan(process, 0, () => send({ type: 'spawn-failed', id, message: refused }))
      return
    }
    const say = (wait: number, event: FleetEvent) => plan(process, wait, () => !process.stuck && send(event))
    say(1, { type: 'spawned', id, pid: 1_000 + id })
    say(loads, { type: 'loaded', id })
    plan(process, readies - unheard, () => {
      process.serves = true
    })
    say(readies, { type: 'ready', id })
    say(needs, { type: 'address-needed', id, wanted, failure })
    // One that serves awaits its successor.
    if (needs < readies) plan(process, needs + 5, () => end(process, { ...exit, code: 0 }))
    say(fails, { type: 'failed', id, failure })
    plan(process, fails + 20, () => end(process, { ...exit, code: failure.exitCode }))
    plan(process, dies, () => process.conduct.dies !== never && end(process, exit))
    beat(process)
  }

  function beat(process: Process): void {
    plan(process, process.conduct.beats, () => {
      beat(process)
      if (process.stuck) return
      const utilization = load.utilization(process.id)
      send({ type: 'beat', id: process.id, ...(utilization !== undefined && { utilization }) })
    })
  }

  function obey(effect: Effect): void {
    const process = 'id' in effect ? processes.get(effect.id) : undefined
    if (!process?.alive) return
    const { drains, quits, examined } = process.conduct
    const leave = () => !process.stuck && end(process, { code: 0, signal: null, outOfMemory: false })
    const die = () => end(process, { code: null, signal: 'SIGKILL', outOfMemory: false })
    if (effect.type === 'drain') plan(process, process.serves ? drains : quits, leave)
    if (effect.type === 'quit') plan(process, quits, leave)
    if (effect.type === 'examine') plan(process, examined, () => send({ type: 'examined', id: process.id }))
    if (effect.type === 'kill') plan(process, killTakes, die)
  }

  function plan(process: Process, wait: number, happen: () => void): void {
    agenda.add(now + wait, process, happen)
  }

  function end(process: Process, exit: Exit): void {
    if (!process.alive) return
    process.alive = false
    agenda.drop(process)
    send({ type: 'exited', id: process.id, exit })
  }

  /** Lets happen what is due first, if it is due by then; a process comes before the wake. */
  function advance(limit: number): boolean {
    const due = Math.min(agenda.next(), fleet.wakeAt)
    if (exitCode !== undefined || due > limit || due === never) return false
    now = Math.max(now, due)
    if (agenda.next() === due) agenda.take()()
    else send({ type: 'wake' })
    return true
  }

  function until(condition: () => boolean, span: number): boolean {
    const limit = now + span
    while (!condition()) {
      if (advance(limit)) continue
      now = Math.max(now, limit)
      return condition()
    }
    return true
  }

  function processOf(id: number): Process {
    const process = processes.get(id)
    if (!process) throw new Error(`There is no process of worker ${id}.`)
    return process
  }

  return {
    send,
    until,
    run: (span) => void until(() => false, span),
    suspend(span) {
      agenda.delay(span)
      now += span
    },
    crash: (id, exit = { code: 1 }) =>
      end(processOf(id), { code: null, signal: null, outOfMemory: false, ...exit }),
    stick(id) {
      processOf(id).stuck = true
    },
    load(next) {
      load = next
    },
    behave(next) {
      conduct = next
    },
    settleDown() {
      conduct = () => steady
      for (const process of processes.values())
        process.conduct = { ...process.conduct, dies: never, needs: never }
    },
    fleet: () => fleet,
    now: () => now,
    workers: () => [...fleet.workers.values()],
    exitCode: () => exitCode,
    trace: () => trace,
    notices: () => trace.flatMap(({ effect }) => (effect.type === 'notice' ? [effect.notice] : [])),
  }
}

/** Every slot has one worker of the good generation, ready and wanted, and nothing is under way. */
export function isWhole(fleet: Fleet): boolean {
  if (fleet.rollout || fleet.reloadQueued || fleet.workers.size !== fleet.target) return false
  const good = [...fleet.workers.values()].filter(
    ({ state, generation, recycle }) => state === 'ready' && generation === fleet.generation && !recycle,
  )
  return new Set(good.map(({ slot }) => slot)).size === fleet.target
}
