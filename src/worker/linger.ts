/** Tells which idle connections have been idle for long enough. */
export interface Linger<Connection> {
  /** Its idleness is over; if it becomes idle again, the time starts anew. */
  wake(connection: Connection): void
  /**
   * To be asked again and again.
   *
   * @param idle - the connections that are idle at this moment; all others are not
   * @param now - in milliseconds
   * @returns those that have been idle for the whole linger
   */
  expired(idle: Iterable<Connection>, now: number): Connection[]
  /** Shortens the linger to at most this, in milliseconds. */
  tighten(milliseconds: number): void
}

/** A connection counts as idle from when it is first seen so. */
export function createLinger<Connection>(milliseconds: number): Linger<Connection> {
  let linger = milliseconds
  let since = new Map<Connection, number>()
  return {
    wake(connection) {
      since.delete(connection)
    },
    expired(idle, now) {
      const before = since
      since = new Map()
      for (const connection of idle) since.set(connection, before.get(connection) ?? now)
      return [...since].filter(([, start]) => now - start >= linger).map(([connection]) => connection)
    },
    tighten(next) {
      linger = Math.min(linger, next)
    },
  }
}
