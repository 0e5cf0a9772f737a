import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createRandom } from '../../chaos/random.js'
import { type Change, type Demand, type Outcome, simulate } from './simulation.js'

const bounds = { min: 1, max: 16, downAfter: 60_000 }
const seeds = [1, 2, 3]

/** Until then the number of workers finds its place, in seconds. */
const warmUp = 130

const exponential = (mean: number) => (drawn: number) => -mean * Math.log(1 - drawn)

/** How long requests take, with the mean in seconds. */
const services = [
  { name: 'of about 50 ms', mean: 0.05, service: exponential(0.05) },
  { name: 'of about 300 ms', mean: 0.3, service: exponential(0.3) },
  {
    name: 'of 10 ms, each tenth of 100 ms',
    mean: 0.019,
    service: (drawn: number) => (drawn < 0.9 ? 0.01 : 0.1),
  },
  { name: 'of about 1 s', mean: 1, service: exponential(1) },
] as const

/** From requests of about this long on, in seconds, chance alone has a steady load too high for a while. */
const long = 1

/** Workers that are busy for this share of their time get company. */
const tooBusy = 0.8

/** A load that is told as the number of workers it keeps wholly busy, at a time in seconds. */
function loadOf(
  busy: (time: number) => number,
  { most, span, mean, service }: { most: number; span: number; mean: number; service: Demand['service'] },
): Demand {
  return { rate: (time) => busy(time) / mean, highestRate: most / mean, service, span }
}

function isUp({ from, to }: Change): boolean {
  return to > from
}

/** How often it went the other way than before. */
function reversals(changes: readonly Change[]): number {
  return changes.filter((change, index) => {
    const before = changes[index - 1]
    return before && isUp(before) !== isUp(change)
  }).length
}

/** Steps down that were wrong: a step up followed before the wait for the next one was over. */
function regrets(changes: readonly Change[]): Change[] {
  return changes.filter((change, index) => {
    const next = changes[index + 1]
    return !isUp(change) && next && isUp(next) && next.at - change.at < bounds.downAfter / 1_000
  })
}

function later(changes: readonly Change[]): Change[] {
  return changes.filter(({ at }) => at > warmUp)
}

function tell(t: TestContext, name: string, { changes, waits, workers }: Outcome): void {
  const sorted = waits.toSorted((a, b) => a - b)
  const p99 = Math.round((sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 1_000)
  t.diagnostic(
    `${name}: ${changes.length} changes, ${reversals(changes)} reversals, ${workers.toFixed(1)} workers on average, ` +
      `p99 of the wait ${p99} ms: ${changes.map(({ at, from, to }) => `${Math.round(at)} s ${from}→${to}`).join(', ')}`,
  )
}

for (const { name, mean, service } of services) {
  test(`steady loads ${name}: the number of workers finds its place and stays`, (t) => {
    const runs = [0.3, 1, 4].flatMap((busy) =>
      seeds.map((seed) => {
        const demand = loadOf(() => busy, { most: busy, span: 900, mean, service })
        const outcome = simulate(demand, { bounds, random: createRandom(seed).fraction })
        tell(t, `load ${busy}, seed ${seed}`, outcome)
        return later(outcome.changes)
      }),
    )
    // Each turn that was wrong doubles the wait for the next one: 1, 2, 4 and 8 minutes fill the time.
    const turns = runs.map(reversals)
    assert.ok(Math.max(...turns) <= 2 * 4, `${turns} reversals in 13 minutes`)
    const onAverage = turns.reduce((sum, count) => sum + count) / runs.length
    assert.ok(onAverage <= (mean < long ? 1 : 2), `${turns} reversals`)
    if (mean < long) assert.deepEqual(runs.flatMap(regrets), [])
  })
}

const { mean, service } = services[0]

test('the measure can tell: with hardly a wait the same steady load flaps', (t) => {
  const demand = loadOf(() => 1.5, { most: 1.5, span: 900, mean, service })
  const outcome = simulate(demand, {
    bounds: { ...bounds, downAfter: 250 },
    random: createRandom(1).fraction,
  })
  t.diagnostic(`${reversals(outcome.changes)} reversals`)
  assert.ok(reversals(outcome.changes) > 50)
})

const saw = (period: number) => (time: number) => (8 * (time % period)) / period
const bursts = (period: number) => (time: number) => (time % period < 10 ? 6 : 0.5)

for (const { name, busy, most } of [
  { name: 'bursts of 10 s every 40 s', busy: bursts(40), most: 6 },
  { name: 'a sawtooth of 30 s', busy: saw(30), most: 8 },
]) {
  test(`${name}, quicker than the wait: the number of workers is that of the peaks, and stays`, (t) => {
    for (const seed of seeds) {
      const demand = loadOf(busy, { most, span: 900, mean, service })
      const outcome = simulate(demand, { bounds, random: createRandom(seed).fraction })
      tell(t, `seed ${seed}`, outcome)
      const changes = later(outcome.changes)
      assert.ok(reversals(changes) <= 2, `${reversals(changes)} reversals in 13 minutes`)
      assert.deepEqual(regrets(changes), [])
    }
  })
}

test('bursts of 10 s every 5 minutes: up within two seconds, and down once, until they are expected', (t) => {
  const period = 300
  for (const seed of seeds) {
    const demand = loadOf(bursts(period), { most: 6, span: 7 * period, mean, service })
    const outcome = simulate(demand, { bounds, random: createRandom(seed).fraction })
    tell(t, `seed ${seed}`, outcome)
    const { changes } = outcome
    const steps = Array.from({ length: 7 }, (_, burst) => {
      const began = burst * period
      const before = changes.findLast(({ at }) => at <= began)?.to ?? bounds.min
      const up = changes.find((change) => isUp(change) && change.at > began && change.at < began + 10)
      return { before, up: up && up.at - began }
    })
    // Once the wait is longer than the pause between two bursts, the workers of the last one are still there.
    const isReady = ({ before }: { before: number }) => before * tooBusy > 6
    for (const step of steps.slice(1)) {
      const { before, up } = step
      assert.ok(isReady(step) || (up !== undefined && up < 2), `${before} workers, the next after ${up} s`)
    }
    assert.ok(isReady(steps[6] ?? { before: 0 }), 'the last burst finds its workers')
    assert.ok(reversals(changes) <= 2 * 5, `${reversals(changes)} reversals in 7 bursts`)
  }
})

test('a sawtooth of 10 minutes is followed, each tooth once', (t) => {
  for (const seed of seeds) {
    const demand = loadOf(saw(600), { most: 8, span: 1_800, mean, service })
    const outcome = simulate(demand, { bounds, random: createRandom(seed).fraction })
    tell(t, `seed ${seed}`, outcome)
    assert.ok(reversals(outcome.changes) <= 2 * 3, `${reversals(outcome.changes)} reversals in 3 teeth`)
    assert.deepEqual(regrets(outcome.changes), [])
  }
})

test('a day in an hour: up in the morning, down in the evening, with little to wait for and workers saved', (t) => {
  const day = 3_600
  const busy = (time: number) => 3.2 - 3 * Math.cos((2 * Math.PI * time) / day)
  for (const seed of seeds) {
    const demand = loadOf(busy, { most: 6.2, span: day, mean, service })
    const outcome = simulate(demand, { bounds, random: createRandom(seed).fraction })
    tell(t, `seed ${seed}`, outcome)
    assert.ok(reversals(outcome.changes) <= 5, `${reversals(outcome.changes)} reversals in a day`)
    assert.deepEqual(regrets(outcome.changes), [])
    const waited = outcome.waits.filter((wait) => wait > 0.1).length / outcome.waits.length
    assert.ok(waited < 0.01, `${waited} of the requests wait for more than 100 ms`)
    assert.ok(outcome.workers < 12, `${outcome.workers} workers on average`)
  }
})
