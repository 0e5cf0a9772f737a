import { resolve } from 'node:path'
import { single, type ValueType } from './value.js'

/** A log file as an absolute path, or `-` for one of the standard streams. */
function logFile(stream: 'stdout' | 'stderr'): ValueType<string> {
  return single({
    metavar: 'FILE',
    expected: `a path, or - for ${stream}`,
    parse(given, { cwd }) {
      if (given === '' || given.includes('\0')) return undefined
      // As a path it could not be opened where the stream is a socket, as under journald.
      return given === '-' || given === `/dev/${stream}` ? '-' : resolve(cwd, given)
    },
    write: (value) => value,
  })
}

export const errorLogFile = logFile('stderr')
export const accessLogFile = logFile('stdout')
