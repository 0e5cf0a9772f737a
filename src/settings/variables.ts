import { variablesForm } from './form.js'
import { repeated, type ValueType } from './value.js'

/** Variables to add to an environment; of two with the same name the later one counts. */
export const variables: ValueType<Record<string, string>> = repeated({
  metavar: 'KEY=VALUE',
  expected: 'KEY=VALUE',
  whole: variablesForm,
  parse(given): [key: string, value: string] | undefined {
    const end = given.indexOf('=')
    return end < 1 || given.includes('\0') ? undefined : [given.slice(0, end), given.slice(end + 1)]
  },
  gather: (pairs) => Object.fromEntries(pairs),
  write: (value) =>
    Object.entries(value)
      .map((pair) => pair.join('='))
      .join(', '),
})
