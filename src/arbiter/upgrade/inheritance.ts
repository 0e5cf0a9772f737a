import { createError } from '../../errors.js'
import type { ScriptAddress } from '../../ipc/messages.js'
import type { Start } from '../../settings/resolve.js'
import type { PassedSocket } from '../../sockets/inherited.js'

/** The variable in which an arbiter tells its successor what it leaves to it. */
export const inheritanceVariable = 'NWORKERS_INHERITED_FDS'

/** What an arbiter leaves to its successor. The two may be of different versions: what is added later must be optional. */
export interface Inheritance {
  /** The old arbiter's process. */
  readonly arbiter: number
  /** The sockets that systemd has passed; they keep their descriptors. */
  readonly passed: readonly PassedSocket[]
  /** The sockets that the old arbiter has bound, by keys that say which `--bind` they are for. */
  readonly bound: readonly { key: string; fd: number }[]
  /** How many workers its settings name, and how many there are to be now. */
  readonly workers: { readonly set: number; readonly now: number }
  /** Where its app listens by itself. */
  readonly script?: ScriptAddress | undefined
}

/**
 * What this process inherits; undefined where no arbiter has started it.
 * @throws NWORKERS_E_UPGRADE where the arbiter that has started it is not there to hand anything over
 */
export function readInheritance({
  env,
  connected,
}: Pick<NodeJS.Process, 'env' | 'connected'>): Inheritance | undefined {
  const text = env[inheritanceVariable]
  if (text === undefined) return undefined
  if (!connected)
    throw createError('NWORKERS_E_UPGRADE', 'the arbiter that has begun it is not there any more')
  const { arbiter, passed = [], bound = [], workers = { set: 0, now: 0 }, script } = parse(text)
  if (typeof arbiter !== 'number') throw unreadable()
  return { arbiter, passed, bound, workers, script }
}

function parse(text: string): Partial<Inheritance> {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable()
  }
}

function unreadable(): Error {
  return createError('NWORKERS_E_UPGRADE', `${inheritanceVariable} can't be read`)
}

/** The environment that the settings are made from: the sockets that systemd has passed were told under another name. */
export function inheritedEnvironment(
  environment: Start['env'],
  inheritance: Inheritance | undefined,
): Start['env'] {
  if (inheritance === undefined || inheritance.passed.length === 0) return environment
  return { ...environment, LISTEN_FDS: String(inheritance.passed.length) }
}
