import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { type Given, resolveSettings } from '../../src/settings/resolve.js'

const cpus = 6

function resolve(given: Given, env: Record<string, string> = {}) {
  return resolveSettings({ commandLine: { app: ['app'], ...given }, env, cwd: tmpdir(), cpus: () => cpus })
    .settings
}

const first: [given: Given, env: Record<string, string>, workers: number][] = [
  [{ maxWorkers: ['4'] }, {}, 1],
  [{ minWorkers: ['2'], maxWorkers: ['4'] }, {}, 2],
  [{ minWorkers: ['2'], maxWorkers: ['4'], workers: ['3'] }, {}, 3],
  [{ minWorkers: ['2'], maxWorkers: ['4'], workers: ['auto'] }, {}, 4],
  [{ minWorkers: ['8'], maxWorkers: ['9'], workers: ['auto'] }, {}, 8],
  [{ maxWorkers: ['auto'], workers: ['auto'] }, {}, cpus],
  [{ maxWorkers: ['4'] }, { WEB_CONCURRENCY: '2' }, 2],
  [{ workers: ['9'] }, {}, 9],
]

for (const [given, env, workers] of first) {
  test(`${JSON.stringify({ given, env })} begins with ${workers} workers`, () => {
    assert.equal(resolve(given, env).workers, workers)
  })
}

const wayToBegin =
  'It is the number to begin with: choose one between --min-workers and --max-workers, or leave it out.'
const wayToScale = 'Add --max-workers to let the number of workers follow the load, or leave it out.'

const mistakes: [given: Given, env: Record<string, string>, message: string][] = [
  [{ maxWorkers: ['4'], workers: ['5'] }, {}, `--workers is 5, and workers are to be 1 to 4. ${wayToBegin}`],
  [
    { minWorkers: ['3'], maxWorkers: ['4'] },
    { WEB_CONCURRENCY: '2' },
    `WEB_CONCURRENCY is 2, and workers are to be 3 to 4. ${wayToBegin}`,
  ],
  [
    { minWorkers: ['5'], maxWorkers: ['4'] },
    {},
    '--min-workers is 5, more than the 4 of --max-workers. Raise --max-workers or lower the other.',
  ],
  [{ minWorkers: ['1'] }, {}, `--min-workers is for --max-workers, which is off. ${wayToScale}`],
  [
    {},
    { NWORKERS_SCALE_DOWN_AFTER: '5m' },
    `NWORKERS_SCALE_DOWN_AFTER is for --max-workers, which is off. ${wayToScale}`,
  ],
]

for (const [given, env, message] of mistakes) {
  test(message, () => {
    assert.throws(() => resolve(given, env), { code: 'NWORKERS_E_USAGE', exitCode: 2, message })
  })
}
