import type { Identity } from './identity.js'

/**
 * Becomes the identity, for good. Must come before any file of the user is read.
 * The order matters: groups can only be set while still root, and the user comes last.
 */
export function assumeIdentity({ umask, gid, groupsOf, uid }: Identity): void {
  if (umask !== undefined) process.umask(umask)
  if (gid !== undefined) {
    if (groupsOf === undefined) process.setgroups?.([gid])
    else initgroups(groupsOf, gid)
    process.setgid?.(gid)
  }
  if (uid !== undefined) process.setuid?.(uid)
}

/** In Node's manual and not in its types. */
function initgroups(user: string, gid: number): void {
  const call: unknown = Reflect.get(process, 'initgroups')
  if (typeof call === 'function') call.call(process, user, gid)
}
