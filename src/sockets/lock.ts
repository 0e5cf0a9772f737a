import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { lifeOf } from '../machine/life.js'

/** A lock file that this process holds. */
export interface Lock {
  /** Removes the file, unless another process has taken it over. */
  release(): void
}

/** A takeover fails only when others start at the same moment. */
const tries = 5

/**
 * Takes the lock file at this path for this process, or names the living process that holds it.
 *
 * The file holds the pid and, where `/proc` tells it, the start time of the process: a pid alone is used again, in a
 * container at once. A lock of a dead process is taken over. Throws errors of the file system.
 *
 * @param predecessor - a living process that hands the lock over
 */
export function takeLock(path: string, predecessor?: number): Lock | { heldBy: number } {
  const mine = lifeOf(process.pid) ?? `${process.pid}`
  const draft = `${path}.${process.pid}`
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (create(path, draft, mine)) return { release: () => removeIf(path, mine) }
    const theirs = read(path)
    if (theirs === undefined) continue
    const pid = Number(theirs.split(' ')[0])
    const isOurs = pid === process.pid || pid === predecessor
    if (!isOurs && lifeOf(pid) === theirs) return { heldBy: pid }
    takeAway(path, draft, theirs)
  }
  throw new Error(`${path} is being taken by others`)
}

/** A link appears with its content, a file opened with O_EXCL would be empty for a moment. */
function create(path: string, draft: string, content: string): boolean {
  writeFileSync(draft, content)
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return false
  } finally {
    unlinkSync(draft)
  }
}

/** Renaming takes exactly one file away; if another process has meanwhile put its own there, that one is put back. */
function takeAway(path: string, draft: string, stale: string): void {
  try {
    renameSync(path, draft)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  try {
    if (read(draft) !== stale) linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}

function removeIf(path: string, content: string): void {
  try {
    if (read(path) === content) unlinkSync(path)
  } catch {
    // A lock that stays behind names a dead process and is taken over.
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
