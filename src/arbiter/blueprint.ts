import type { HookProcess } from '../hooks/hook-process.js'
import type { WorkerHookName } from '../hooks/hooks.js'
import type { ScriptAddress } from '../ipc/messages.js'
import type { Identity } from '../machine/identity.js'
import type { Settings } from '../settings/settings.js'
import type { BoundAddress } from '../sockets/bind.js'
import type { Credentials } from '../tls/credentials.js'

/** What the workers of a generation are made from. */
export interface Blueprint {
  readonly settings: Settings
  /** Who they become. */
  readonly identity: Identity
  /** Where they listen, in the order of `--bind`. */
  readonly sockets: readonly BoundAddress[]
  readonly script: ScriptAddress
  /** What they speak TLS with; undefined where they don't. */
  readonly credentials: Credentials | undefined
  /** What runs the arbiter's hooks of their config file; undefined without hooks. */
  readonly hooks: HookProcess | undefined
  /** The hooks that they run themselves. */
  readonly workerHooks: readonly WorkerHookName[]
}
