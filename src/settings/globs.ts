import { repeated, type ValueType } from './value.js'

/** Files by their names or patterns; where relative ones start is for the reader to say. */
export const globs: ValueType<string[]> = repeated({
  metavar: 'GLOB',
  expected: "a file or a pattern of files, such as 'templates/**/*.html'",
  parse: (given) => (given === '' || given.includes('\0') ? undefined : given),
  gather: (items) => items,
  write: (value) => value.join(', '),
})
