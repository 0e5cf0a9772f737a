import { constants, openSync } from 'node:fs'
import { createError, type NworkersError } from '../errors.js'
import { type Output, openOutput } from './output.js'

/** A log file that can be opened anew, after it was moved away. */
export interface LogFile extends Output {
  /** Throws NWORKERS_E_LOG_FILE; then the former file is written on. */
  reopen(): void
}

/**
 * Appends to a file, which is made if it does not exist.
 * @throws NWORKERS_E_LOG_FILE
 */
export function openLogFile(path: string): LogFile {
  let output = openOutput(openToAppend(path))
  return {
    write: (chunk) => output.write(chunk),
    flush: (within) => output.flush(within),
    reopen() {
      const former = output
      output = openOutput(openToAppend(path))
      former.close()
    },
    close: () => output.close(),
  }
}

/** A named pipe that nothing reads would keep a blocking `open` waiting for ever. */
function openToAppend(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o644)
  } catch (error) {
    throw cannotOpen(path, error)
  }
}

/** The error that says why a log file can't be opened. */
export function cannotOpen(path: string, error: unknown): NworkersError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return createError('NWORKERS_E_LOG_FILE', path, reasons[code] ?? code)
}

const reasons: Record<string, string> = {
  EACCES: 'this user may not write it, or not search its folder',
  EISDIR: 'it is a folder',
  ENOENT: 'its folder does not exist',
  ENXIO: 'it is a pipe or socket that nothing reads',
  EROFS: 'its file system is read-only',
}
