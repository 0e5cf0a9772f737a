import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createError } from '../errors.js'
import { readText } from './cgroup.js'

/** Who workers run as. What is undefined stays as it is. */
export interface Identity {
  uid: number | undefined
  gid: number | undefined
  /** Take this user's supplementary groups; else only `gid` is kept. */
  groupsOf: string | undefined
  /** File mode creation mask. */
  umask: number | undefined
}

/** What the operator asks for: names or numbers. */
export interface WantedIdentity {
  user: string | undefined
  group: string | undefined
  initgroups: boolean
  umask: number | undefined
}

/** The name services of the machine must have answered by then, in milliseconds. */
const lookupTimeout = 5_000

/**
 * Turns names into numbers. A user without a group brings the primary group along.
 * @throws NWORKERS_E_SETTING for an unknown name, NWORKERS_E_USAGE when this process may not become somebody else
 */
export async function resolveIdentity(wanted: WantedIdentity, current = currentIds()): Promise<Identity> {
  const user = wanted.user === undefined ? undefined : await findUser(wanted.user)
  const gid = wanted.group === undefined ? user?.gid : await findGroup(wanted.group)
  const changes = (user && user.uid !== current.uid) || (gid !== undefined && gid !== current.gid)
  if (changes && current.uid !== 0) {
    const flag = wanted.user === undefined ? '--group' : '--user'
    throw createError(
      'NWORKERS_E_USAGE',
      `${flag} needs root, and nworkers runs as uid ${current.uid}. Start it as root, or leave ${flag} out.`,
    )
  }
  if (wanted.initgroups && !user) {
    throw createError('NWORKERS_E_USAGE', '--initgroups takes the groups of a user, so it needs --user.')
  }
  const drops = changes && current.uid === 0
  return {
    uid: drops ? user?.uid : undefined,
    gid: drops ? gid : undefined,
    groupsOf: drops && wanted.initgroups ? user?.name : undefined,
    umask: wanted.umask,
  }
}

function currentIds(): { uid: number; gid: number } {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
}

async function findUser(text: string): Promise<{ name: string; uid: number; gid: number }> {
  const line = await entry('passwd', text)
  const [name, , uid, gid] = line ?? []
  if (name !== undefined && uid && gid) return { name, uid: Number(uid), gid: Number(gid) }
  if (/^\d+$/.test(text)) return { name: text, uid: Number(text), gid: Number(text) }
  throw createError('NWORKERS_E_SETTING', '--user', text, 'a user of this machine, by name or number')
}

async function findGroup(text: string): Promise<number> {
  const gid = (await entry('group', text))?.[2]
  if (gid) return Number(gid)
  if (/^\d+$/.test(text)) return Number(text)
  throw createError('NWORKERS_E_SETTING', '--group', text, 'a group of this machine, by name or number')
}

/** The fields of a user or group; see passwd(5) and group(5). Name services are asked where the file does not know. */
async function entry(database: 'passwd' | 'group', key: string): Promise<string[] | undefined> {
  const lines = readText(`/etc/${database}`).split('\n')
  const local = lines.map((line) => line.split(':')).find((fields) => fields[0] === key || fields[2] === key)
  if (local) return local
  try {
    const { stdout } = await promisify(execFile)('getent', [database, key], { timeout: lookupTimeout })
    return stdout.trim().split(':')
  } catch {
    return undefined
  }
}
