import type { Attempt } from './clients/client.js'
import { now } from './clock.js'
import type { Failure, Tally } from './record.js'
import { type Connection, openConnection, WireError } from './wire/connection.js'

/** Makes one attempt and counts it, if it went well; gives the failure if it did not. */
export async function undertake(options: {
  id: string
  port: number
  deadline: number
  tally: Tally
  work: (attempt: Attempt) => Promise<void>
}): Promise<Omit<Failure, 'client'> | undefined> {
  const { id, port, tally, work } = options
  const begunAt = now()
  let connection: Connection | undefined
  let before = 0
  let sent = 0
  let requests = 1
  const timer = setTimeout(() => {
    connection?.close(new WireError(`nothing more came within ${options.deadline} ms`))
  }, options.deadline)
  const attempt: Attempt = {
    id,
    async open() {
      connection = await openConnection(port, options.deadline)
      return connection
    },
    reuse(earlier) {
      connection = earlier
      before = earlier.taken
      if (!earlier.isOpen()) throw new WireError('closed while idle, without Connection: close', true)
    },
    sent(bytes) {
      sent += bytes
    },
    holds(count) {
      requests = count
    },
    message() {
      tally.messages += 1
    },
  }
  try {
    await work(attempt)
    tally.ok += requests
    tally.slowest = Math.max(tally.slowest, now() - begunAt)
    return undefined
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    connection?.close()
    const failedAt = now()
    return {
      error: error.message,
      lost: error.lost,
      begunAt,
      failedAt,
      connection: connection && placeOf(connection),
    }
  } finally {
    clearTimeout(timer)
    tally.bytes += sent + (connection ? connection.taken - before : 0)
  }
}

function placeOf({ port, begunAt, openedAt }: Connection): Failure['connection'] {
  return { port, begunAt, openedAt }
}
