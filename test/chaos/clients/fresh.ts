import { saysClose } from '../wire/answer.js'
import { WireError } from '../wire/connection.js'
import type { ClientKind } from './client.js'
import { exchange } from './request.js'

/** A connection for each request; one time the server is asked to close it, the other time the client does. */
export const fresh: ClientKind = {
  name: 'connection each',
  count: 4,
  async run(visit) {
    while (!visit.isOver()) {
      await visit.attempt(async (attempt) => {
        const askToClose = visit.random.chance(0.5)
        const connection = await attempt.open()
        const head = await exchange(visit, attempt, connection, askToClose ? 'Connection: close\r\n' : '')
        if (askToClose && !saysClose(head)) throw new WireError('Connection: close was not heeded')
        if (askToClose) await connection.end()
        connection.close()
      })
      await visit.think(4)
    }
  },
}
