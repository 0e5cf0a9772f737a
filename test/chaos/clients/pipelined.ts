import { type Head, saysClose } from '../wire/answer.js'
import { type Connection, WireError } from '../wire/connection.js'
import type { Attempt, ClientKind, Visit } from './client.js'
import { keepConnection } from './kept-connection.js'
import { plainAnswer, plainRequest } from './request.js'

/**
 * Sends three to five requests in one write, on a connection that it keeps. All of them were there when the server
 * began to answer, so all must be answered, in order: an answer that says `Connection: close` must be the last.
 */
export const pipelined: ClientKind = {
  name: 'pipelined',
  count: 3,
  run: (visit) =>
    keepConnection(
      visit,
      (attempt, connection) => sendTogether(visit, attempt, connection),
      () => (visit.random.chance(0.05) ? 500 : 20),
    ),
}

async function sendTogether(
  visit: Visit,
  attempt: Attempt,
  connection: Connection,
): Promise<Head | undefined> {
  const count = visit.random.integer(3, 5)
  const ids = Array.from({ length: count }, (_, index) => `${attempt.id}.${index}`)
  attempt.holds(count)
  await connection.write(ids.map((id) => plainRequest(visit, id)).join(''))
  let head: Head | undefined
  for (const id of ids) {
    if (head && saysClose(head)) {
      throw new WireError(`Connection: close came before the answer to ${id}, the last being ${ids.at(-1)}`)
    }
    head = await plainAnswer(connection, id)
  }
  return head
}
