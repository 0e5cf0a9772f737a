import fc from 'fast-check'
import type { Policy } from '../../../src/arbiter/fleet/state.js'
import type { Character } from './conduct.js'
import type { Bliss, Deed } from './deeds.js'

const surge = fc.oneof(
  fc.constantFrom({ count: 1 }, { count: 1 }, { count: 2 }, { count: 3 }, { count: 0 }),
  fc.constantFrom({ percent: 25 }, { percent: 50 }, { percent: 100 }, { percent: 0 }),
)

const bounds = fc.option(
  fc.record({
    min: fc.integer({ min: 1, max: 3 }),
    max: fc.integer({ min: 3, max: 5 }),
    downAfter: fc.constantFrom(600, 3_000),
  }),
  { nil: undefined, freq: 2 },
)

/** Anything an operator could set, off switches included. */
export const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  timeout: fc.constantFrom(2_000, 30_000, 0),
  gracefulTimeout: fc.constantFrom(500, 5_000, 30_000, 0),
  bootTimeout: fc.constantFrom(1_000, 60_000, 0),
  drainLinger: fc.constant(0),
  surge,
  provingTime: fc.constantFrom(500, 5_000, 0),
  shutdownDelay: fc.constantFrom(0, 2_000),
  autoscale: bounds,
})

/** A policy under which everything ends some day: no deadline is switched off. */
export const boundedPolicy: fc.Arbitrary<Policy> = anyPolicy.map((policy) => ({
  ...policy,
  timeout: policy.timeout || 5_000,
  bootTimeout: policy.bootTimeout || 5_000,
}))

/** How time passes before a deed: a span in milliseconds, or until the next wake and this much more. */
export type Wait = { span: number } | { afterWake: number }

const oneOf = <Type extends string>(...types: Type[]) => fc.constantFrom(...types)

/** A deed that is done to one worker. */
const done = <Type extends string>(...types: Type[]) => fc.record({ type: oneOf(...types), who: fc.nat(20) })

/** A worker's app listens at an address that is not held. */
const needs = fc.record({
  type: fc.constant('needs' as const),
  who: fc.nat(20),
  how: oneOf('first', 'further', 'further', 'late'),
})

/** A deed that is done to the whole fleet. */
const wish = <Type extends string>(...types: Type[]) => fc.record({ type: oneOf(...types) })

const retune = (policy: fc.Arbitrary<Policy>) =>
  fc.record({
    type: fc.constant('retune' as const),
    policy,
    target: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  })

/** How busy a worker is. */
const share = fc.constantFrom(0.02, 0.02, 0.5, 1, undefined)

/** What happens often, what now and then, and what ends everything. */
const deed: fc.Arbitrary<Deed | Bliss> = fc.oneof(
  {
    weight: 25,
    arbitrary: fc.record({
      type: fc.constant('bliss' as const),
      utilization: share,
      queued: fc.constantFrom(0, 0, 0, 30),
    }),
  },
  { weight: 15, arbitrary: wish('wake') },
  { weight: 30, arbitrary: done('beat', 'beat', 'loaded', 'ready', 'ready', 'spawned') },
  { weight: 17, arbitrary: done('crash', 'kill', 'failed', 'spawn-failed', 'request', 'error', 'examined') },
  { weight: 5, arbitrary: done('recycle') },
  { weight: 3, arbitrary: needs },
  { weight: 2, arbitrary: wish('moved', 'moved', 'unmoved') },
  {
    weight: 10,
    arbitrary: fc.record({ type: fc.constant('looked' as const), queued: fc.constantFrom(0, 0, 3, 30) }),
  },
  { weight: 8, arbitrary: wish('reload', 'more', 'fewer') },
  { weight: 2, arbitrary: retune(anyPolicy) },
  { weight: 1, arbitrary: wish('pause') },
  { weight: 1, arbitrary: wish('stop', 'quit', 'leave') },
)

const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ span: fc.nat(300) }) },
  { weight: 12, arbitrary: fc.record({ afterWake: fc.constantFrom(0, 0, 0, 1, 20, 999) }) },
  { weight: 1, arbitrary: fc.record({ span: fc.constantFrom(0, 5_000, 40_000) }) },
)

/** A sequence of deeds in any order, sensible or not. */
export const deeds = fc.array(fc.tuple(wait, deed), { maxLength: 150, size: 'max' })

/** What an operator or a bad day does to running processes; they themselves say the rest. */
const blow: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: wish('reload', 'more', 'fewer') },
  { weight: 1, arbitrary: wish('pause') },
  { weight: 8, arbitrary: done('recycle', 'recycle', 'crash', 'kill', 'request', 'error') },
  { weight: 1, arbitrary: retune(boundedPolicy) },
)

export type Blow =
  | { after: number; deed: Deed }
  | { after: number; stick: number }
  | { after: number; suspend: number }
  | { after: number; utilization: number | undefined; queued: number }

const after = fc.oneof(fc.nat(400), fc.nat(8_000))

/** What happens to a world, with milliseconds between. */
export const blows: fc.Arbitrary<Blow[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ after, deed: blow }) },
    { weight: 1, arbitrary: fc.record({ after, stick: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ after, suspend: fc.constantFrom(500, 3_000, 100_000) }) },
    {
      weight: 4,
      arbitrary: fc.record({ after, utilization: share, queued: fc.constantFrom(0, 0, 0, 30) }),
    },
  ),
  { maxLength: 25, size: 'max' },
)

/** How the processes of a world behave, one after the other. Most are good. */
export const casts: fc.Arbitrary<Character[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Character>('steady') },
    {
      weight: 3,
      arbitrary: oneOf(
        'broken',
        'needy',
        'stuckBooting',
        'refused',
        'diesBooting',
        'diesYoung',
        'diesLater',
        'silent',
      ),
    },
    { weight: 3, arbitrary: oneOf('slow', 'neverDrains', 'obeysKillAlone', 'silentAndOpaque') },
  ),
  { minLength: 1, maxLength: 12 },
)
