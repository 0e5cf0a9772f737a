import { createError } from '../errors.js'
import { availableCpus } from '../settings/cpus.js'

/**
 * The number of workers that `jobs` asks for, as joblib counts: -1 is one for each core this process may use, -2 one
 * fewer, and so on; always at least 1.
 * @throws NWORKERS_E_USAGE for 0 and what is no whole number
 */
export function countJobs(jobs: number, cpus: () => number = () => availableCpus()): number {
  if (!Number.isInteger(jobs) || jobs === 0) {
    throw createError(
      'NWORKERS_E_USAGE',
      `Invalid number of jobs: ${jobs}. Expected a whole number from 1, -1 for all cores or -2 for all but one.`,
    )
  }
  return jobs > 0 ? jobs : Math.max(1, cpus() + 1 + jobs)
}
