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
  /** The address that a script has chosen, as `--bind` takes it. */
  readonly chosen?: string | undefined
}

/**
 * What this process inherits; undefined where no arbiter has started it. The variable alone is not enough, since it could
 * have come by way of any other process.
 */
export function readInheritance({
  env,
  connected,
}: Pick<NodeJS.Process, 'env' | 'connected'>): Inheritance | undefined {
  const text = env[inheritanceVariable]
  if (text === undefined || !connected) return undefined
  try {
    const inheritance: Partial<Inheritance> | null = JSON.parse(text)
    if (inheritance === null || typeof inheritance.arbiter !== 'number') return undefined
    const { arbiter, passed = [], bound = [], workers = { set: 0, now: 0 }, chosen } = inheritance
    return { arbiter, passed, bound, workers, chosen }
  } catch {
    return undefined
  }
}

/** The environment that the settings are made from: the sockets that systemd has passed were told under another name. */
export function inheritedEnvironment(
  environment: Start['env'],
  inheritance: Inheritance | undefined,
): Start['env'] {
  if (inheritance === undefined || inheritance.passed.length === 0) return environment
  return { ...environment, LISTEN_FDS: String(inheritance.passed.length) }
}
