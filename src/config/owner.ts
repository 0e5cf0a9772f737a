import { statSync } from 'node:fs'
import { createError } from '../errors.js'
import { type Identity, resolveIdentity } from '../machine/identity.js'

const unchanged: Identity = { uid: undefined, gid: undefined, groupsOf: undefined, umask: undefined }

/** Everybody may write. */
const worldWritable = 0o002

/**
 * Whom the code of a config file runs as in the processes of the arbiter: whoever owns the file, when the arbiter is
 * root, so that nobody gets more rights by writing it than they had; else whom the arbiter runs as.
 * @throws NWORKERS_E_CONFIG for a file that everybody may write, when the arbiter is root
 */
export async function ownerOf(path: string): Promise<Identity> {
  if (process.geteuid?.() !== 0) return unchanged
  const { uid, mode } = statSync(path)
  if ((mode & worldWritable) !== 0) {
    const problem = `everybody may write it, and nworkers runs as root. Run chmod o-w ${path}`
    throw createError('NWORKERS_E_CONFIG', path, problem)
  }
  if (uid === 0) return unchanged
  return resolveIdentity({ user: String(uid), group: undefined, initgroups: false, umask: undefined })
}
