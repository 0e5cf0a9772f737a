import { ServerResponse } from 'node:http'

/**
 * Counts the bytes of bodies as they are handed over: after an app's compression, before chunk framing. For every response
 * of this process, and for good: a wrapper on each would cost more.
 *
 * @param count - told how many bytes were added to which response; several times for one that is sent in parts
 */
export function countBodies(count: (response: ServerResponse, bytes: number) => void): void {
  const { write, end } = ServerResponse.prototype

  function add(response: ServerResponse, chunk: unknown, encoding: unknown): void {
    // Nothing is sent of what comes too late, or may have no body.
    if (response.writableEnded || response.destroyed) return
    if (typeof chunk === 'string') {
      count(response, Buffer.byteLength(chunk, isEncoding(encoding) ? encoding : 'utf8'))
    } else if (chunk instanceof Uint8Array) count(response, chunk.byteLength)
  }

  ServerResponse.prototype.write = function counted(this: ServerResponse, ...details: unknown[]): boolean {
    add(this, details[0], details[1])
    return Reflect.apply(write, this, details)
  }
  ServerResponse.prototype.end = function counted(this: ServerResponse, ...details: unknown[]) {
    add(this, details[0], details[1])
    return Reflect.apply(end, this, details)
  }
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value)
}
