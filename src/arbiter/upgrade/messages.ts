/**
 * What the new arbiter tells the old one, in this order. The two may be of different versions: what is added later must be
 * optional.
 */
export type FromSuccessor =
  /** It has begun, as this process. */
  | { type: 'hello'; pid: number }
  /** Its settings are read and its workers boot; they are ready within so many milliseconds, 0 = in any time. */
  | { type: 'started'; within: number }
  /** All its workers serve and have proved themselves. */
  | { type: 'ready' }
  /** It has what only one arbiter can have, and the sockets with these keys. */
  | { type: 'taken'; sockets: readonly string[] }
  /** It gives up, and ends. */
  | { type: 'failed'; reason: string }

/** What the old arbiter tells the new one. */
export type FromPredecessor =
  /** The old one has let go of what only one arbiter can have. There are to be so many workers. */
  | { type: 'take-over'; target: number }
  /** The new one is the arbiter now. */
  | { type: 'yours' }

const fromSuccessor = new Set<unknown>([
  'hello',
  'started',
  'ready',
  'taken',
  'failed',
] satisfies FromSuccessor['type'][])
const fromPredecessor = new Set<unknown>(['take-over', 'yours'] satisfies FromPredecessor['type'][])

export function isFromSuccessor(message: unknown): message is FromSuccessor {
  return fromSuccessor.has(typeOf(message))
}

export function isFromPredecessor(message: unknown): message is FromPredecessor {
  return fromPredecessor.has(typeOf(message))
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
}
