import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countJobs } from '../../src/parallel/jobs.js'

const counts: [jobs: number, cpus: number, workers: number][] = [
  [1, 8, 1],
  [12, 8, 12],
  [-1, 8, 8],
  [-2, 8, 7],
  [-8, 8, 1],
  [-9, 8, 1],
  [-1, 1, 1],
  [-2, 1, 1],
]

test('jobs are counted as joblib counts them', () => {
  for (const [jobs, cpus, workers] of counts) {
    assert.equal(
      countJobs(jobs, () => cpus),
      workers,
      `${jobs} of ${cpus}`,
    )
  }
})

test('no jobs and half a job are refused', () => {
  for (const jobs of [0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => countJobs(jobs), { code: 'NWORKERS_E_USAGE' })
  }
})
