import type { BoundAddress } from './bind.js'
import { queueLengthReader, type ReadQueueLength } from './queue-length.js'

/** Gives the reader of a socket's accept queue. */
export type QueueReaders = (socket: BoundAddress) => ReadQueueLength

/**
 * Readers of accept queues, made once for each socket: at the final stop only the workers have copies of it.
 *
 * @param isOpen - whether this process has its copy of a socket
 */
export function createQueueReaders(isOpen: (socket: BoundAddress) => boolean): QueueReaders {
  const readers = new WeakMap<BoundAddress, ReadQueueLength>()
  return (socket) => {
    const known = readers.get(socket)
    if (known) return known
    // The descriptor of a closed copy may be somebody else's by now.
    if (!isOpen(socket)) return async () => undefined
    const reader = queueLengthReader(socket.fd, socket.address)
    readers.set(socket, reader)
    return reader
  }
}
