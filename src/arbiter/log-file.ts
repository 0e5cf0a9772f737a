import { closeSync, constants, fchownSync, openSync } from 'node:fs'
import { cannotOpen } from '../observe/log-file.js'
import type { Blueprint } from './blueprint.js'

/**
 * Makes sure that the access log exists, which workers open by themselves and may have no right to create. One that is
 * made now belongs to them; one that is there is left alone: a root that opened it, or gave it away, could be led astray
 * by a link in its place.
 * @throws NWORKERS_E_LOG_FILE
 */
export function provideAccessLog({ settings, identity }: Pick<Blueprint, 'settings' | 'identity'>): void {
  const { accessLogfile: path } = settings
  const { uid, gid } = identity
  if (path === undefined || path === '-') return
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666)
    try {
      if (uid !== undefined || gid !== undefined) fchownSync(fd, uid ?? -1, gid ?? -1)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (!exists) throw cannotOpen(path, error)
  }
}
