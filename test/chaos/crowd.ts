import { undertake } from './attempt.js'
import { plainAnswer } from './clients/request.js'
import type { LoadRecord } from './record.js'
import { getRequest, saysClose } from './wire/answer.js'

/** The name under which the crowd is in the record. */
export const crowdName = 'in the queue at the end'

/** Clients of the crowd. */
const size = 40

/**
 * Requests for each worker that block its event loop, so that it accepts nothing. Together they block for so many
 * milliseconds: one worker may get them all and must not be taken for hung.
 */
const blocking = { perWorker: 3, time: 600 }

const deadline = 30_000

/**
 * Makes the workers busy and then connects many clients at once, so that they wait in the kernel's queue, not accepted
 * by anybody. Resolves when all are connected and have sent their request; they go on by themselves until `done`.
 */
export async function gatherCrowd(options: {
  port: number
  workers: number
  record: LoadRecord
}): Promise<{ done: Promise<unknown> }> {
  const { port, workers, record } = options
  const count = workers * blocking.perWorker
  const time = Math.ceil(blocking.time / count)
  const blocked = Array.from({ length: count }, (_, number) =>
    join(`/block?ms=${time}&id=block-${number}`, `block-${number}`),
  )
  await Promise.all(blocked.map(({ sent }) => sent))
  const crowd = Array.from({ length: size }, (_, number) => join(`/?id=crowd-${number}`, `crowd-${number}`))
  await Promise.all(crowd.map(({ sent }) => sent))
  return { done: Promise.all([...blocked, ...crowd].map(({ answered }) => answered)) }

  /** One request on a connection of its own. */
  function join(path: string, id: string): { sent: Promise<void>; answered: Promise<void> } {
    const tally = record.tallies.get(crowdName)
    if (!tally) throw new Error(`${crowdName} is not in the record`)
    let markSent = () => {}
    const sent = new Promise<void>((resolve) => {
      markSent = resolve
    })
    const attempt = undertake({
      id,
      port,
      deadline,
      tally,
      async work({ open }) {
        const connection = await open()
        await connection.write(getRequest(path))
        markSent()
        const head = await plainAnswer(connection, id)
        if (saysClose(head)) await connection.end()
        connection.close()
      },
    })
    const answered = attempt.then((failure) => {
      markSent()
      if (failure) record.failures.push({ client: crowdName, ...failure })
    })
    return { sent, answered }
  }
}
