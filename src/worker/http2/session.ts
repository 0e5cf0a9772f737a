import type { ServerHttp2Session } from 'node:http2'

/** A session of HTTP/2, which is a connection with requests side by side. */
export interface Session {
  /** Streams that are open. */
  readonly open: number
  /** Streams that there were so far, open ones included. */
  readonly begun: number
  /** Whether it takes no further stream. */
  readonly isLeaving: boolean
  /**
   * Takes no further stream: GOAWAY tells the client the last one that is answered, and those after it are refused, so
   * that they can safely be tried again. When no stream is open any more, the connection ends.
   */
  leave(): void
  /** Leaves with the first stream, or at once if there was one already. */
  leaveAfterOne(): void
}

/** Follows a session from its beginning. */
export function followSession(session: ServerHttp2Session): Session {
  let open = 0
  let begun = 0
  let leavesAfterOne = false

  const leave = () => {
    if (!session.closed && !session.destroyed) session.close()
  }
  session.on('stream', (stream) => {
    open++
    begun++
    stream.once('close', () => {
      open--
    })
    if (leavesAfterOne) leave()
  })
  return {
    get open() {
      return open
    },
    get begun() {
      return begun
    },
    get isLeaving() {
      return session.closed || session.destroyed
    },
    leave,
    leaveAfterOne() {
      leavesAfterOne = true
      // What the client has sent by now is read first.
      if (begun > 0) setImmediate(leave)
    },
  }
}
