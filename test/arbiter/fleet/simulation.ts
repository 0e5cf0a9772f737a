import type { ScaleReason } from '../../../src/arbiter/fleet/event.js'
import type { Bounds } from '../../../src/arbiter/fleet/state.js'
import { createAudit } from './audit.js'
import { steady } from './conduct.js'
import { reducer } from './reducer.js'
import { createWorld, type World } from './world.js'

/** What is asked of a service. Times are seconds. */
export interface Demand {
  /** Requests a second at this time. */
  rate(time: number): number
  /** The most there ever are. */
  highestRate: number
  /** How long a request blocks its worker, from a number that is drawn between 0 and 1. */
  service(drawn: number): number
  span: number
}

/** A change of the number of workers. */
export interface Change {
  /** Seconds since the start. */
  at: number
  from: number
  to: number
  reason: ScaleReason
}

export interface Outcome {
  changes: Change[]
  /** Seconds that each request waited for a worker. */
  waits: number[]
  /** Workers on average. */
  workers: number
}

/** One worker, as a server of the queueing model. */
interface Server {
  /** When what it does now is done, and since when it does it; undefined while it is idle. */
  job: { since: number; until: number } | undefined
  /** Seconds that it has worked in jobs that are done. */
  worked: number
  /** When it last told how busy it was, and what it had worked until then. */
  told: { at: number; worked: number }
}

/** Seconds between two moments at which the queue is looked at, at the most: a new worker begins then. */
const longestStep = 0.05

/**
 * M/G/c with a real fleet as c: requests come by a Poisson process, wait in one queue for whoever is idle, and block
 * their worker. Beats and looks tell the fleet what there is to tell, and its workers take their time to boot.
 *
 * @param boot - how long a worker takes to boot, in seconds
 * @param random - gives numbers between 0 and 1
 */
export function simulate(
  demand: Demand,
  { bounds, boot = 1, random }: { bounds: Bounds; boot?: number; random: () => number },
): Outcome {
  const milliseconds = boot * 1_000
  const world = createWorld({
    workers: bounds.min,
    policy: { autoscale: bounds },
    conduct: () => ({ ...steady, loads: milliseconds - 1, readies: milliseconds, beats: 500 }),
    audit: createAudit(reducer, []),
  })
  const servers = new Map<number, Server>()
  const queue: number[] = []
  const waits: number[] = []
  let workerSeconds = 0

  function serverOf(id: number): Server {
    const known = servers.get(id)
    if (known) return known
    const server: Server = { job: undefined, worked: 0, told: { at: seconds(world), worked: 0 } }
    servers.set(id, server)
    return server
  }

  function utilization(id: number): number {
    const server = serverOf(id)
    const now = seconds(world)
    const worked = server.worked + (server.job ? now - server.job.since : 0)
    const share = (worked - server.told.worked) / (now - server.told.at)
    server.told = { at: now, worked }
    return Math.min(1, Math.max(0, share))
  }

  function endJobs(now: number): void {
    for (const server of servers.values()) {
      if (!server.job || server.job.until > now) continue
      server.worked += server.job.until - server.job.since
      server.job = undefined
    }
  }

  function beginJobs(now: number): void {
    for (const { id, state } of world.workers()) {
      if (queue.length === 0) return
      if (state !== 'ready' || serverOf(id).job) continue
      waits.push(now - (queue.shift() ?? now))
      serverOf(id).job = { since: now, until: now + demand.service(random()) }
    }
  }

  world.load({ utilization, queued: () => queue.length })
  world.send({ type: 'start' })
  // Requests at the highest rate, of which as many count as the rate of their moment asks for: a Poisson process again.
  const pause = () => -Math.log(1 - random()) / demand.highestRate
  let arrival = pause()
  for (let now = 0; now < demand.span; ) {
    const ends = [...servers.values()].flatMap(({ job }) => job?.until ?? [])
    const next = Math.min(arrival, now + longestStep, ...ends)
    workerSeconds += world.fleet().target * (next - now)
    world.run(Math.max(0, next * 1_000 - world.now()))
    now = next
    endJobs(now)
    if (now >= arrival) {
      if (random() < demand.rate(now) / demand.highestRate) queue.push(now)
      arrival = now + pause()
    }
    beginJobs(now)
  }
  return { changes: changesOf(world), waits, workers: workerSeconds / demand.span }
}

function seconds(world: World): number {
  return world.now() / 1_000
}

function changesOf(world: World): Change[] {
  return world.trace().flatMap(({ at, effect }) => {
    if (effect.type !== 'notice' || effect.notice.type !== 'scaled') return []
    const { from, to, reason } = effect.notice
    return [{ at: at / 1_000, from, to, reason }]
  })
}
