import { setTimeout as delay } from 'node:timers/promises'
import { undertake } from './attempt.js'
import type { ClientKind, Visit } from './clients/client.js'
import { createRandom } from './random.js'
import { createRecord, type LoadRecord } from './record.js'

export interface Load {
  record: LoadRecord
  /** From now on a client that fails does not go on: the server is being stopped. */
  expectEnd(): void
  /** Attempts that are under way end, no other begins. */
  finish(): Promise<void>
}

/** Milliseconds after which an attempt is a failure. Far longer than any takes, even behind a hung worker. */
const deadline = 30_000

/** Starts the clients and lets them go on until `finish`. What they do is added to the record. */
export function startLoad(options: {
  port: number
  seed: number
  kinds: readonly ClientKind[]
  record?: LoadRecord
}): Load {
  const { port, kinds } = options
  const record = options.record ?? createRecord(kinds.map(({ name }) => name))
  let endExpected = false
  let over = false
  let { seed } = options

  async function visit(kind: ClientKind, number: number): Promise<void> {
    const tally = record.tallies.get(kind.name)
    if (!tally) throw new Error(`${kind.name} is not in the record`)
    let count = 0
    let gaveUp = false
    seed += 1
    const visit: Visit = {
      random: createRandom(seed),
      isOver: () => over || gaveUp,
      think: (most) => pause(visit.random.fraction() * most),
      async attempt(work) {
        count += 1
        const id = `${kind.name.replace(/\W/g, '')}-${number}-${count}`
        const failure = await undertake({ id, port, deadline, tally, work })
        if (!failure) return true
        record.failures.push({ client: kind.name, ...failure })
        gaveUp = endExpected
        return false
      },
    }
    await kind.run(visit)
  }

  const clients = kinds.flatMap((kind) =>
    Array.from({ length: kind.count }, (_, number) => visit(kind, number)),
  )
  const ended = Promise.all(clients)
  // It is awaited at the end; a bug in a client ends the run then and not by an unhandled rejection before.
  ended.catch(() => {
    over = true
  })
  return {
    record,
    expectEnd() {
      endExpected = true
    },
    async finish() {
      over = true
      await ended
    },
  }
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds >= 1) await delay(milliseconds)
}
