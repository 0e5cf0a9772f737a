import { numberForm } from './form.js'
import { single, type ValueType } from './value.js'

function parseCount(text: string): number | undefined {
  const count = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(count) ? count : undefined
}

/** A whole number within bounds. */
export function count(least: number, most: number): ValueType<number> {
  return single({
    metavar: 'N',
    expected: `a whole number from ${least} to ${most}`,
    form: numberForm({ minimum: least, maximum: most }),
    parse(text) {
      const value = parseCount(text)
      return value !== undefined && value >= least && value <= most ? value : undefined
    },
    write: String,
  })
}

/** A number of workers; `auto` is one for each CPU this process may use. */
export const workerCount: ValueType<number> = single({
  metavar: 'N|auto',
  expected: 'a whole number of at least 1, or auto',
  form: numberForm({ minimum: 1 }),
  parse: (text, { cpus }) => (text === 'auto' ? cpus() : parseCount(text) || undefined),
  write: String,
})

/** How many workers a rollout may add: a number, or a share of the target. */
export type Surge = { kind: 'workers'; workers: number } | { kind: 'percent'; percent: number }

/** `N` or `P%`. */
export const surge: ValueType<Surge> = single<Surge>({
  metavar: 'N|P%',
  expected: 'a number of workers such as 1, or a share from 0% to 100%',
  form: numberForm({ minimum: 0 }),
  parse(text) {
    if (!text.endsWith('%')) {
      const workers = parseCount(text)
      return workers === undefined ? undefined : { kind: 'workers', workers }
    }
    const percent = parseCount(text.slice(0, -1))
    return percent === undefined || percent > 100 ? undefined : { kind: 'percent', percent }
  },
  write: (value) => (value.kind === 'workers' ? `${value.workers}` : `${value.percent}%`),
})
