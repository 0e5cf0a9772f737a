import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.js'

/** Bytes a body may have. */
const sizeLimit = 1024 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the body of a request as JSON. Throws a refusal if it is not JSON or too large. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  requireJson(request)
  const body = await readBody(request)
  if (body.length === 0) throw new Refusal(400, 'The body is empty; send JSON.')
  try {
    return JSON.parse(utf8.decode(body))
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, `The body is not JSON: ${error.message}.`)
    throw new Refusal(400, 'The body is not UTF-8 text.')
  }
}

function requireJson({ headers }: IncomingMessage): void {
  const type = headers['content-type']
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal(415, 'The body must be JSON; send the header Content-Type: application/json.')
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Refusal(415, 'The body must not be compressed; send it without Content-Encoding.')
  }
}

/** Rejects with a refusal past the limit, and with the connection's error if the client goes away. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = new Refusal(413, `The body is too large; it may have ${sizeLimit} bytes.`)
    if (Number(request.headers['content-length']) > sizeLimit) return reject(tooLarge)

    const chunks: Buffer[] = []
    let size = 0
    const add = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= sizeLimit) return
      request.off('data', add)
      reject(tooLarge)
    }
    request.on('data', add)
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', reject)
  })
}
