import type { IncomingMessage } from 'node:http'

const headEnd = '\r\n\r\n'

/**
 * Whether a request without body is all that came in the chunk of bytes that Node is parsing: then its client waits for
 * the answer. To be asked before the handler first returns: until then Node does not say whether the request is
 * complete, nor whether another one follows. Where it can't be told, the answer is no.
 */
export function isAloneInChunk({ headers, socket }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
  if (length !== '0' || encoding !== undefined) return false
  const parser: unknown = Reflect.get(socket, 'parser')
  if (!isParser(parser)) return false
  const chunk = parser.getCurrentBuffer()
  return chunk.length > 0 && chunk.indexOf(headEnd) === chunk.length - headEnd.length
}

/** Node's own parser, of which this method gives the bytes that it works on, or none. */
function isParser(value: unknown): value is { getCurrentBuffer(): Buffer } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getCurrentBuffer' in value &&
    typeof value.getCurrentBuffer === 'function'
  )
}
