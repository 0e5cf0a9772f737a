/** A request, a batch of pipelined ones or a stream that did not go as it must. Times are milliseconds of the machine's clock. */
export interface Failure {
  client: string
  error: string
  /** The connection broke, which a dead worker could explain; a wrong answer it could not. */
  lost: boolean
  begunAt: number
  failedAt: number
  /** The connection, if it was established: the client's port, and when it began to connect and was connected. */
  connection: { port: number; begunAt: number; openedAt: number } | undefined
}

/** What one kind of client has done. */
export interface Tally {
  /** Requests and streams that went well. */
  ok: number
  bytes: number
  messages: number
  /** The longest attempt that went well, in milliseconds. */
  slowest: number
}

/** What all clients have done. */
export interface LoadRecord {
  /** By the name of the kind of client. */
  tallies: ReadonlyMap<string, Tally>
  failures: Failure[]
}

/** A record of these kinds of clients, in which nothing was done yet. */
export function createRecord(clients: readonly string[]): LoadRecord {
  return {
    tallies: new Map(clients.map((client) => [client, { ok: 0, bytes: 0, messages: 0, slowest: 0 }])),
    failures: [],
  }
}
