import { expectHead, getRequest, type Head, readText } from '../wire/answer.js'
import { type Connection, WireError } from '../wire/connection.js'
import type { Attempt, Visit } from './client.js'

/** Milliseconds that the slowest of the plain requests takes in its handler. */
const longestWork = 40

/** The bytes of a plain request, answered at once or after a while. */
export function plainRequest(visit: Visit, id: string, headers = ''): string {
  const { random } = visit
  const path = random.chance(0.6) ? `/?id=${id}` : `/work?id=${id}&ms=${random.integer(1, longestWork)}`
  return getRequest(path, headers)
}

/** Reads the answer to a plain request and checks that it is the answer to this very one. */
export async function plainAnswer(connection: Connection, id: string): Promise<Head> {
  const head = await expectHead(connection)
  const text = await readText(connection, head)
  if (!text.startsWith(`{"id":"${id}",`) || !text.endsWith('}')) {
    throw new WireError(`the answer to ${id} is ${JSON.stringify(text.slice(0, 80))}`)
  }
  return head
}

/** One plain request on this connection. */
export async function exchange(
  visit: Visit,
  attempt: Attempt,
  connection: Connection,
  headers?: string,
): Promise<Head> {
  await connection.write(plainRequest(visit, attempt.id, headers))
  return await plainAnswer(connection, attempt.id)
}
