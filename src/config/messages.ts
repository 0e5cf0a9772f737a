import type { Identity } from '../machine/identity.js'

/** To the process that evaluates a config file. */
export interface EvaluateMessage {
  type: 'evaluate'
  path: string
  /** Who to become before anything of the user's is read. */
  identity: Identity
}

/** One entry of what the config file exports: data, or what it is instead; a function may be a hook. */
export type Entry = { name: string; data: unknown } | { name: string; kind: string; isFunction: boolean }

/** The answer of that process. */
export type EvaluationMessage =
  | { type: 'evaluated'; entries: Entry[] }
  /** The file could not be evaluated, or exports something else. */
  | { type: 'failed'; problem: string }

/** Whether a message is the answer: the code of a config file may send messages too. */
export function isEvaluation(message: unknown): message is EvaluationMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  return message.type === 'evaluated' || message.type === 'failed'
}
