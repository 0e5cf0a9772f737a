import type { TestContext } from 'node:test'
import { type Http2Client, openSession } from '../process/harness/http2-client.js'
import { poll } from '../process/harness/poll.js'
import type { Server } from '../process/harness/server.js'

/** What became of every stream that clients began. */
export interface StreamTally {
  answered: number
  /** The server has done nothing with them: they can be tried again. */
  refused: number
  /** All that went wrong otherwise, in words. */
  lost: string[]
  /** Sessions that the server ended by GOAWAY. */
  left: number
}

/** Clients with streams side by side, each on a session of its own and on the next one after GOAWAY. None is tried again. */
export function startStreams(t: TestContext, server: Server, clients: number) {
  const tally: StreamTally = { answered: 0, refused: 0, lost: [], left: 0 }
  const sideBySide = 5
  let isRunning = true

  async function ask(client: Http2Client, id: string): Promise<void> {
    const { outcome, status, body, code, id: stream } = await client.ask(`/?ms=5&id=${id}`)
    if (outcome === 'refused') tally.refused++
    else if (outcome === 'answered' && status === 200 && JSON.parse(body).id === id) tally.answered++
    else
      tally.lost.push(`${id}: ${outcome}, status ${status}, code ${code}, ${stream}/${client.lastStream()}`)
  }

  async function run(number: number): Promise<void> {
    let client = await openSession(t, server)
    for (let count = 0; isRunning; count++) {
      if (client.isLeaving()) {
        tally.left++
        client = await openSession(t, server)
      }
      const current = client
      // Some begin while others are on their way, so that GOAWAY meets them in every state.
      await Promise.all(
        Array.from({ length: sideBySide }, async (_, index) => {
          await new Promise((resolve) => setTimeout(resolve, index * 2))
          if (!current.isLeaving()) await ask(current, `${number}-${count}-${index}`)
        }),
      )
    }
    client.session.close()
  }

  const all = Promise.all(Array.from({ length: clients }, (_, number) => run(number)))
  return {
    tally,
    async answers(more: number): Promise<void> {
      const wanted = tally.answered + more
      await poll(() => tally.answered >= wanted, { what: `${more} more streams are answered` })
    },
    async stop(): Promise<StreamTally> {
      isRunning = false
      await all
      return tally
    },
  }
}
