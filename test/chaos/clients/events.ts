import { expectHead, getRequest, readBody } from '../wire/answer.js'
import { WireError } from '../wire/connection.js'
import type { Attempt, ClientKind } from './client.js'

/**
 * Listens to server-sent events. A stream may end in two ways: after the number of events that was asked for, or, when
 * its worker leaves, after a last event `bye`; before that no event may be missing.
 */
export const events: ClientKind = {
  name: 'event stream',
  count: 3,
  async run(visit) {
    while (!visit.isOver()) {
      await visit.attempt(async (attempt) => {
        const count = visit.random.integer(5, 80)
        const connection = await attempt.open()
        await connection.write(getRequest(`/events?id=${attempt.id}&count=${count}`))
        const head = await expectHead(connection)
        const stream = createStream(attempt, count)
        for await (const part of readBody(connection, head)) stream.take(part.toString('utf8'))
        stream.end()
        connection.close()
      })
      await visit.think(50)
    }
  },
}

function createStream(attempt: Attempt, count: number): { take(text: string): void; end(): void } {
  let pending = ''
  let next = 0
  let last: string | undefined
  return {
    take(text) {
      pending += text
      for (let end = pending.indexOf('\n\n'); end >= 0; end = pending.indexOf('\n\n')) {
        const event = pending.slice(0, end)
        pending = pending.slice(end + 2)
        if (last) throw new WireError(`an event after the last one, ${last}`)
        if (event === `id: ${next}\ndata: tick ${next}`) next++
        else if (event === `event: complete\ndata: ${count}` && next === count) last = 'complete'
        else if (event === `event: bye\ndata: ${next}`) last = 'bye'
        else throw new WireError(`event ${next} of ${count} is ${JSON.stringify(event.slice(0, 80))}`)
        attempt.message()
      }
    },
    end() {
      if (!last) throw new WireError(`a stream that ended after ${next} of ${count} events without a goodbye`)
    },
  }
}
