import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { single, type ValueType } from './value.js'

/** A directory that exists, as an absolute path. */
export const directory: ValueType<string> = single({
  metavar: 'DIR',
  expected: 'a directory that exists',
  parse(given, { cwd }) {
    const path = resolve(cwd, given)
    return given !== '' && isDirectory(path) ? path : undefined
  },
  write: (value) => value,
})

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
