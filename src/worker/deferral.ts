import { IncomingMessage, type Server, ServerResponse } from 'node:http'
import { requestEvents } from './connections.js'

/**
 * From now on requests reach their handlers after the event loop has read what has come in this turn. By then all
 * requests of the same chunk are known, which the first one's handler, called while the chunk is still being parsed,
 * could not tell. It is not too late for a client that half-closes: its end is read in a later turn.
 *
 * `emit` is shadowed rather than the listeners swapped, so that listeners which come and go, and Node's own care for the
 * rejections of asynchronous ones, stay as they are.
 *
 * @param admit - called at once; whether the request is to be handled at all
 */
export function deferRequests(
  server: Server,
  admit: (request: IncomingMessage, response: ServerResponse) => boolean,
): void {
  const { emit } = server
  server.emit = (event: string | symbol, ...details: unknown[]): boolean => {
    const pass = (): boolean => Reflect.apply(emit, server, [event, ...details])
    const [request, response] = details
    if (!requestEvents.some((candidate) => candidate === event)) return pass()
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return pass()
    if (admit(request, response)) setImmediate(() => request.socket.destroyed || pass())
    return true
  }
}
