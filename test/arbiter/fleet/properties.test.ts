import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { anyDay, anyOrder, everything, type Trial, tryEvents } from './properties.js'
import { reducer } from './reducer.js'

/** How many events are tried in all. `npm run properties` tries more, and others each time. */
const { NWORKERS_PROPERTIES_EVENTS, NWORKERS_PROPERTIES_SEED } = process.env
const events = Number(NWORKERS_PROPERTIES_EVENTS ?? 50_000)
const freshSeed = NWORKERS_PROPERTIES_EVENTS === undefined ? 1 : Date.now() % 2 ** 31
const seed = Number(NWORKERS_PROPERTIES_SEED ?? freshSeed)
const limits = { events: events / 2, seed, shrink: true }

function judge(t: TestContext, trial: Trial): void {
  t.diagnostic(`${trial.events} events tried, seed ${seed}`)
  assert.equal(trial.report, undefined, trial.report)
}

test('in any order of events, every step keeps every invariant', (t) => {
  judge(
    t,
    tryEvents((tally) => anyOrder(reducer, everything, tally), limits),
  )
})

test('after any bad day the fleet becomes whole again, and ends in time', (t) => {
  judge(
    t,
    tryEvents((tally) => anyDay(reducer, everything, tally), limits),
  )
})
