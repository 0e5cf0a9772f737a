import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { createError } from '../errors.js'
import { lifeOf } from '../machine/life.js'

/** The arbiter's pidfile while it is held. */
export interface Pidfile {
  /** Removes it, unless somebody else has written it meanwhile. */
  remove(): void
}

/**
 * Writes the pidfile atomically; a stale one is replaced, and one of a predecessor that hands it over.
 * @throws NWORKERS_E_PIDFILE when the process it names is alive, or when it can't be written
 */
export function createPidfile(path: string, pid: number, predecessor = pid): Pidfile {
  const allowed = [pid, predecessor]
  refuseLiving(path, allowed)
  const temporary = `${path}.${pid}.new`
  try {
    writeFileSync(temporary, `${pid}\n`)
    publish(temporary, path, allowed)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'NWORKERS_E_PIDFILE') {
      throw createError('NWORKERS_E_PIDFILE', path, `it can't be written (${error.message})`)
    }
    throw error
  }
  return {
    remove() {
      try {
        if (readPid(path) === pid) unlinkSync(path)
      } catch {
        // The end goes on all the same; what stays names a dead process, and the next start replaces it.
      }
    },
  }
}

/** A link fails where a rename would overwrite: of two arbiters that start at once only one gets the file. */
function publish(temporary: string, path: string, allowed: readonly number[]): void {
  try {
    linkSync(temporary, path)
    unlinkSync(temporary)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) {
      // Some file systems have no hard links.
      renameSync(temporary, path)
      return
    }
    try {
      refuseLiving(path, allowed)
    } catch (living) {
      unlinkSync(temporary)
      throw living
    }
    renameSync(temporary, path)
  }
}

function refuseLiving(path: string, allowed: readonly number[]): void {
  const holder = readPid(path)
  if (holder !== undefined && !allowed.includes(holder) && lifeOf(holder) !== undefined) {
    throw createError(
      'NWORKERS_E_PIDFILE',
      path,
      `process ${holder}, which it names, is running; stop it or name another file with --pid`,
    )
  }
}

function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return /^[1-9][0-9]*$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
