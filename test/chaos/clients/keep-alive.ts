import { saysClose } from '../wire/answer.js'
import type { Connection } from '../wire/connection.js'
import type { ClientKind } from './client.js'
import { exchange } from './request.js'

/** Sends request after request on one connection, most at once and some after a pause. */
export const keepAlive: ClientKind = {
  name: 'keep-alive',
  count: 5,
  async run(visit) {
    let connection: Connection | undefined
    while (!visit.isOver()) {
      const good = await visit.attempt(async (attempt) => {
        if (connection) attempt.reuse(connection)
        connection ??= await attempt.open()
        const head = await exchange(visit, attempt, connection)
        if (saysClose(head)) {
          await connection.end()
          connection.close()
          connection = undefined
        }
      })
      if (!good) connection = undefined
      await visit.think(visit.random.chance(0.05) ? 1_000 : 4)
    }
    connection?.close()
  },
}
