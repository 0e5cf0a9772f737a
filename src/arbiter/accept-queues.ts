import { setTimeout as delay } from 'node:timers/promises'
import type { BoundAddress } from '../sockets/bind.js'
import { createQueueReaders } from '../sockets/queue-readers.js'

/** The accept queues of the fleet, as far as it is cheap to look at them. */
export interface AcceptQueues {
  /** How many connections wait in all of them; 0 where that can't be known. Answers in any case, and soon. */
  look(): Promise<number>
}

/** A look that takes longer is of no use, in milliseconds. */
const patience = 500

/**
 * Looks at the queues of TCP sockets alone: what the system tells of unix sockets takes a process of its own each time.
 *
 * @param sockets - where the newest generation listens
 * @param isOpen - whether the arbiter has its copy of a socket
 */
export function createAcceptQueues(
  sockets: () => readonly BoundAddress[],
  isOpen: (socket: BoundAddress) => boolean,
): AcceptQueues {
  const readerOf = createQueueReaders(isOpen)
  let isReading = false

  async function read(): Promise<number> {
    isReading = true
    try {
      const cheap = sockets().filter(({ address }) => address.kind === 'tcp')
      const lengths = await Promise.all(cheap.map((socket) => readerOf(socket)()))
      return lengths.reduce<number>((sum, length = 0) => sum + length, 0)
    } catch {
      return 0
    } finally {
      isReading = false
    }
  }

  return {
    async look() {
      // One that is late is not waited for, and none begins beside it.
      if (isReading) return 0
      return Promise.race([read(), delay(patience, 0, { ref: false })])
    },
  }
}
