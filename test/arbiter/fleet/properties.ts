import fc from 'fast-check'
import { anyPolicy, type Blow, blows, boundedPolicy, casts, deeds } from './arbitraries.js'
import { createAudit, InvariantError, stepIsPure } from './audit.js'
import { characters } from './conduct.js'
import { blissOf, eventOf, pick } from './deeds.js'
import { type Invariant, invariants } from './invariants.js'
import type { Reducer } from './reducer.js'
import { createWorld, isWhole, type World } from './world.js'

/** How many events the properties have tried. */
export interface Tally {
  events: number
}

/** What a property checks at every step, and whether it waits for what has to come true in the end. */
export interface Checks {
  readonly invariants: readonly Invariant[]
  readonly inTheEnd: boolean
}

export const everything: Checks = { invariants: [stepIsPure, ...invariants], inTheEnd: true }

/** How a property fared. */
export interface Trial {
  readonly events: number
  /** What an example failed with. */
  readonly error: unknown
  /** The seed and the shortest example that fails. */
  readonly report: string | undefined
}

/** Tries a property until it fails or so many events were tried. */
export function tryEvents<Example>(
  propertyOf: (tally: Tally) => fc.IProperty<Example>,
  { events, seed, shrink }: { events: number; seed: number; shrink: boolean },
): Trial {
  const tally: Tally = { events: 0 }
  const property = propertyOf(tally)
  for (let round = 0; tally.events < events; round++) {
    const details = fc.check(property, {
      seed: seed + round,
      numRuns: 20,
      endOnFailure: !shrink,
      includeErrorInReport: true,
    })
    const report = fc.defaultReportMessage(details)
    if (details.failed) return { ...tally, error: details.errorInstance, report }
  }
  return { ...tally, error: undefined, report: undefined }
}

/** Whatever is said in whatever order, every step keeps the invariants. */
export function anyOrder(reducer: Reducer, checks: Checks, tally: Tally) {
  return fc.property(fc.integer({ min: 1, max: 5 }), anyPolicy, deeds, (workers, policy, sequence) => {
    const audit = createAudit(reducer, checks.invariants)
    let { after: fleet } = audit.step(reducer.createFleet(policy, workers), { type: 'start' }, 0)
    let now = 0
    for (const [wait, deed] of sequence) {
      if ('span' in wait) now += wait.span
      else if (fleet.wakeAt !== Number.POSITIVE_INFINITY) now = Math.max(now, fleet.wakeAt + wait.afterWake)
      const over = fleet.exited
      const events = deed.type === 'bliss' ? blissOf(fleet, deed) : [eventOf(deed, fleet)]
      for (const event of events) fleet = audit.step(fleet, event, now).after
      if (over) break
    }
    tally.events += audit.steps()
  })
}

/** Longer than any rollout, back-off or deadline that a world has under way when it settles down. */
const longEnough = 600_000

/** After any bad day, once processes boot well again, the fleet is whole; and then it stops in time. */
export function anyDay(reducer: Reducer, checks: Checks, tally: Tally) {
  return fc.property(
    fc.integer({ min: 1, max: 5 }),
    boundedPolicy,
    casts,
    blows,
    fc.boolean(),
    (workers, policy, cast, day, quick) => {
      const audit = createAudit(reducer, checks.invariants)
      const conduct = ({ id }: { id: number }) => characters[cast[id % cast.length] ?? 'steady']
      const world = createWorld({ workers, policy, conduct, reducer, audit })
      world.send({ type: 'start' })
      for (const blow of day) strike(world, blow)
      if (checks.inTheEnd) {
        becomesWhole(world)
        endsInTime(world, quick)
      }
      tally.events += audit.steps()
    },
  )
}

function strike(world: World, blow: Blow): void {
  world.run(blow.after)
  if (world.exitCode() !== undefined) return
  if ('suspend' in blow) {
    world.suspend(blow.suspend)
    return
  }
  if ('queued' in blow) {
    world.load({ utilization: () => blow.utilization, queued: () => blow.queued })
    return
  }
  const { workers } = world.fleet()
  if ('stick' in blow) {
    const worker = pick(world.fleet(), blow.stick)
    if (workers.has(worker)) world.stick(worker)
    return
  }
  const event = eventOf(blow.deed, world.fleet())
  if (event.type === 'exited') {
    if (workers.get(event.id)?.pid) world.crash(event.id, event.exit)
  } else world.send(event)
}

/**
 * Once processes boot well again every rollout ends, a failed one with the good generation at target; unless a
 * failure to boot has ended the fleet before it was ever ready.
 */
function becomesWhole(world: World): void {
  world.settleDown()
  const isSettled = () => isWhole(world.fleet()) || world.fleet().stop !== undefined
  if (!world.until(isSettled, longEnough))
    throw new InvariantError('becomesWhole', 'it does not', tell(world))
}

/** The final stop ends within its deadlines, whatever the workers do. */
function endsInTime(world: World, quick: boolean): void {
  const { shutdownDelay, gracefulTimeout } = world.fleet().policy
  world.send({ type: 'stop', quick })
  const hurried = world.fleet().stop?.quick
  const deadline = hurried ? 2_000 : shutdownDelay + Math.max(gracefulTimeout + 2_000, 3_000)
  const isOver = () => world.exitCode() !== undefined
  if (!world.until(isOver, deadline + 100)) throw new InvariantError('endsInTime', 'it does not', tell(world))
}

function tell(world: World): string[] {
  return [
    `now: ${world.now()}`,
    JSON.stringify(world.fleet()),
    ...world.workers().map((worker) => JSON.stringify(worker)),
  ]
}
