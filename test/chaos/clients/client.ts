import type { Random } from '../random.js'
import type { Connection } from '../wire/connection.js'

/** A kind of client. Each of them goes through one request or one stream at a time and never tries one again. */
export interface ClientKind {
  name: string
  /** How many of them run side by side. */
  count: number
  /** Makes attempts until the visit is over. */
  run(visit: Visit): Promise<void>
}

/** What one client has to work with. */
export interface Visit {
  random: Random
  isOver(): boolean
  /** Does nothing for so many milliseconds at most. */
  think(most: number): Promise<void>
  /**
   * One request or one stream, from its first byte to its last. What throws a `WireError` in it is a failure: it is
   * recorded and the connection is closed. Tells whether it went well.
   */
  attempt(work: (attempt: Attempt) => Promise<void>): Promise<boolean>
}

export interface Attempt {
  /** Names this attempt: an answer that tells the name is the answer to it. */
  id: string
  /** A new connection to the server. */
  open(): Promise<Connection>
  /**
   * Goes on with a connection that an earlier attempt opened and that no answer said to close. Clients pause far
   * shorter than idle connections stay open, so one that the server closed meanwhile is a failure: a request could
   * just have been on its way.
   */
  reuse(connection: Connection): void
  /** Counts bytes that were sent as a payload; what is received is counted anyway. */
  sent(bytes: number): void
  /** It is so many requests and not one. */
  holds(requests: number): void
  /** Counts a message of a stream. */
  message(): void
}
