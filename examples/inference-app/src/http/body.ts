import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.js'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Throws a refusal unless the body is of one of these types, or says none, and is not compressed. */
export function requireType({ headers }: IncomingMessage, types: string[]): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== undefined && !types.includes(type)) {
    const [usual] = types
    const name = usual === 'application/json' ? 'JSON' : `of type ${usual}`
    throw new Refusal(415, `The body must be ${name}; send the header Content-Type: ${types.join(' or ')}.`)
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Refusal(415, 'The body must not be compressed; send it without Content-Encoding.')
  }
}

/** Parses bytes as JSON. Throws a refusal if they are none. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new Refusal(400, 'The body is empty; send JSON.')
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, `The body is not JSON: ${error.message}.`)
    throw new Refusal(400, 'The body is not UTF-8 text.')
  }
}

/**
 * Reads a body of at most `limit` bytes. Rejects with a refusal past the limit, and with the connection's error if the
 * client goes away.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(new Refusal(413, `The body is too large; it may have ${limit} bytes.`))
    if (Number(request.headers['content-length']) > limit) return tooLarge()

    const chunks: Buffer[] = []
    let size = 0
    const add = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      request.off('data', add)
      tooLarge()
    }
    request.on('data', add)
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.once('error', reject)
  })
}
