import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { poll, within } from '../process/harness/poll.js'
import { get } from './harness/client.js'
import { serve } from './harness/service.js'

/** A client that keeps its connection: batches of requests, each sent at once when the one before was answered. */
interface Plan {
  batches: number[]
  /** Turns of the event loop between an answer and the next batch. */
  think: number
  /** Turns of the event loop that its handlers take; 0 answers at once. */
  work: number
  /** Bytes of the first part of a batch; the rest follows some turns later. */
  cut: number
}

interface Outcome {
  sent: number
  answered: number
  error: string | undefined
}

const plan: fc.Arbitrary<Plan> = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  think: fc.integer({ min: 0, max: 4 }),
  work: fc.integer({ min: 0, max: 4 }),
  // A client that sends its next request when the last one is complete can't be told from one that does not pipeline.
  cut: fc.integer({ min: 1, max: 200 }).filter((cut) => cut % get('/0').length !== 0),
})

async function turns(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await turn()
}

/** Sends batch after batch until the server says close. */
async function run(socket: net.Socket, { batches, think, work, cut }: Plan): Promise<Outcome> {
  const outcome: Outcome = { sent: 0, answered: 0, error: undefined }
  let text = ''
  let wake = () => {}
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    outcome.answered = text.split('\r\n\r\nanswer').length - 1
    wake()
  })
  socket.on('error', (error) => {
    outcome.error = error.message
  })
  socket.on('close', () => wake())
  for (const batch of batches) {
    if (socket.closed || /^connection: close\r$/im.test(text)) break
    const bytes = get(`/${work}`).repeat(batch)
    outcome.sent += batch
    socket.write(bytes.slice(0, cut))
    await turns(2)
    if (bytes.length > cut) socket.write(bytes.slice(cut))
    while (!socket.closed && outcome.answered < outcome.sent) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    await turns(think)
  }
  socket.destroy()
  return outcome
}

test('property: whenever a drain begins, each request is answered, and in its turn', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 30 }),
      async (plans, before) => {
        const service = await serve(t, async (request, response) => {
          await turns(Number(request.url?.slice(1)))
          response.end('answer')
        })
        const sockets = plans.map(() => net.connect(service.port, '127.0.0.1'))
        await poll(() => service.connections.sockets.size === plans.length, { what: 'all are accepted' })
        const clients = plans.map((one, index) => run(sockets[index] ?? new net.Socket(), one))
        await turns(before)
        const drain = service.drain({ linger: 400 })
        for (const { sent, answered, error } of await within(Promise.all(clients), { what: 'clients' })) {
          assert.equal(error, undefined)
          assert.equal(answered, sent)
        }
        await within(drain.ended, { what: 'the drain is over' })
      },
    ),
    { numRuns: 100 },
  )
})
