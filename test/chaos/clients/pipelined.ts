import { type Head, saysClose } from '../wire/answer.js'
import { type Connection, WireError } from '../wire/connection.js'
import type { ClientKind } from './client.js'
import { plainAnswer, plainRequest } from './request.js'

/**
 * Sends three to five requests in one write, on a connection that it keeps. All of them were there when the server
 * began to answer, so all must be answered, in order: an answer that says `Connection: close` must be the last.
 */
export const pipelined: ClientKind = {
  name: 'pipelined',
  count: 3,
  async run(visit) {
    let connection: Connection | undefined
    while (!visit.isOver()) {
      const good = await visit.attempt(async (attempt) => {
        if (connection) attempt.reuse(connection)
        connection ??= await attempt.open()
        const count = visit.random.integer(3, 5)
        const ids = Array.from({ length: count }, (_, index) => `${attempt.id}.${index}`)
        attempt.holds(count)
        await connection.write(ids.map((id) => plainRequest(visit, id)).join(''))
        let head: Head | undefined
        for (const id of ids) {
          if (head && saysClose(head)) {
            throw new WireError(
              `Connection: close came before the answer to ${id}, the last being ${ids.at(-1)}`,
            )
          }
          head = await plainAnswer(connection, id)
        }
        if (head && saysClose(head)) {
          await connection.end()
          connection.close()
          connection = undefined
        }
      })
      if (!good) connection = undefined
      await visit.think(visit.random.chance(0.05) ? 500 : 20)
    }
    connection?.close()
  },
}
