import type { ScriptAddress } from '../ipc/messages.js'
import type { Identity } from '../machine/identity.js'
import type { Settings } from '../settings/settings.js'
import type { BoundAddress } from '../sockets/bind.js'

/** What the workers of a generation are made from. */
export interface Blueprint {
  readonly settings: Settings
  /** Who they become. */
  readonly identity: Identity
  /** Where they listen, in the order of `--bind`. */
  readonly sockets: readonly BoundAddress[]
  readonly script: ScriptAddress
}
