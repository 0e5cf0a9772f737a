import type { Identity } from '../machine/identity.js'
import type { ArbiterHookName } from './hooks.js'

/** To the hook process. The first one is `load`. */
export type ToHooks =
  | { type: 'load'; path: string; identity: Identity }
  | { type: 'call'; id: number; hook: ArbiterHookName; parameters: readonly unknown[] }
  /** Asks whether its event loop turns. */
  | { type: 'ping' }

/** From the hook process. */
export type FromHooks =
  | { type: 'done'; id: number; result?: unknown }
  | { type: 'failed'; id: number; problem: string }
  | { type: 'pong' }

/** Whether a message is one of ours: hooks may send messages too. */
export function isFromHooks(message: unknown): message is FromHooks {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  return message.type === 'done' || message.type === 'failed' || message.type === 'pong'
}
