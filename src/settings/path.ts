import { resolve } from 'node:path'
import { single, type ValueType } from './value.js'

/** The path of a file that need not be there, made absolute. */
export const path: ValueType<string> = single({
  metavar: 'PATH',
  expected: 'a path',
  parse: (given, { cwd }) => (given === '' || given.includes('\0') ? undefined : resolve(cwd, given)),
  write: (value) => value,
})
