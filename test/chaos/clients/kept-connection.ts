import { type Head, saysClose } from '../wire/answer.js'
import type { Connection } from '../wire/connection.js'
import type { Attempt, Visit } from './client.js'

/**
 * Attempts, one after the other, on a connection that is kept until an answer says to close it or an attempt fails.
 * `work` gives the head of its last answer, `pause` how long the client thinks at most.
 */
export async function keepConnection(
  visit: Visit,
  work: (attempt: Attempt, connection: Connection) => Promise<Head | undefined>,
  pause: () => number,
): Promise<void> {
  let connection: Connection | undefined
  while (!visit.isOver()) {
    const good = await visit.attempt(async (attempt) => {
      if (connection) attempt.reuse(connection)
      connection ??= await attempt.open()
      const head = await work(attempt, connection)
      if (head && saysClose(head)) {
        await connection.end()
        connection.close()
        connection = undefined
      }
    })
    if (!good) connection = undefined
    await visit.think(pause())
  }
  connection?.close()
}
