import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { single, type ValueType } from './value.js'

/** A file that exists, as an absolute path. */
export const file: ValueType<string> = single({
  metavar: 'FILE',
  expected: 'a file that exists',
  parse(given, { cwd }) {
    const path = resolve(cwd, given)
    return given !== '' && isFile(path) ? path : undefined
  },
  write: (value) => value,
})

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
