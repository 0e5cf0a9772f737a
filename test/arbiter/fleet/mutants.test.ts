import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { InvariantError } from './audit.js'
import { loadMutant, mutants } from './mutants.js'
import { anyDay, anyOrder, type Checks, everything, tryEvents } from './properties.js'
import type { Reducer } from './reducer.js'

/** A mutant that lives through so many events of each property has survived. */
const mostEvents = 150_000

const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-mutants-'))
after(() => rmSync(folder, { recursive: true }))

/** What the properties find wrong. */
function findBreach(reducer: Reducer, checks: Checks, events: number): unknown {
  const limits = { events, seed: 1, shrink: false }
  const unordered =
    checks.invariants.length > 0 && tryEvents((tally) => anyOrder(reducer, checks, tally), limits).error
  return unordered || tryEvents((tally) => anyDay(reducer, checks, tally), limits).error
}

/** Everything switched off but this. */
function only(name: string): Checks {
  const invariants = everything.invariants.filter((invariant) => invariant.name === name)
  return { invariants, inTheEnd: invariants.length === 0 }
}

test('a copy without a fault breaks nothing', async () => {
  const copy = await loadMutant(path.join(folder, 'control'))
  assert.equal(findBreach(copy, everything, 5_000), undefined)
})

for (const [index, mutant] of mutants.entries()) {
  test(`caught by ${mutant.caughtBy}: ${mutant.fault}`, async () => {
    const reducer = await loadMutant(path.join(folder, `${index}`), mutant)
    const breach = findBreach(reducer, only(mutant.caughtBy), mostEvents)
    assert.ok(breach instanceof InvariantError, `the mutant survives: ${breach}`)
    assert.equal(breach.invariant, mutant.caughtBy)
  })
}

test('every invariant has a mutant that it catches', () => {
  const names = [...everything.invariants.map(({ name }) => name), 'becomesWhole', 'endsInTime']
  const caught = new Set(mutants.map(({ caughtBy }) => caughtBy))
  assert.deepEqual(
    names.filter((name) => !caught.has(name)),
    [],
  )
})
