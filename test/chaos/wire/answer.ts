import { type Connection, WireError } from './connection.js'

/** The head of an HTTP/1.1 answer. */
export interface Head {
  status: number
  /** By lower-case names. */
  headers: ReadonlyMap<string, string>
}

/** The bytes of a request without a body. */
export function getRequest(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: chaos\r\n${headers}\r\n`
}

/** Reads the head of the next answer, whatever its status. */
export async function readHead(connection: Connection): Promise<Head> {
  const [first = '', ...lines] = (await connection.until('\r\n\r\n')).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(first)?.[1])
  if (!status) throw new WireError(`not an answer: ${JSON.stringify(first.slice(0, 80))}`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { status, headers }
}

/** Reads a head that must have this status and name its worker and generation. */
export async function expectHead(connection: Connection, status = 200): Promise<Head> {
  const head = await readHead(connection)
  if (head.status !== status) throw new WireError(`status ${head.status} instead of ${status}`)
  for (const name of ['x-pid', 'x-generation']) {
    if (!head.headers.has(name)) throw new WireError(`an answer without ${name}`)
  }
  return head
}

/** Whether the server closes the connection after this answer. */
export function saysClose(head: Head): boolean {
  return head.headers.get('connection')?.toLowerCase() === 'close'
}

/** The parts of a body as they come; it ends when the body is whole. */
export async function* readBody(connection: Connection, head: Head): AsyncGenerator<Buffer> {
  if (head.headers.get('transfer-encoding') === 'chunked') yield* readChunks(connection)
  else {
    const length = Number(head.headers.get('content-length') ?? Number.NaN)
    if (!Number.isInteger(length)) throw new WireError('an answer without a length')
    for (let rest = length; rest > 0; ) {
      const part = await connection.some(rest)
      rest -= part.length
      yield part
    }
  }
}

async function* readChunks(connection: Connection): AsyncGenerator<Buffer> {
  for (;;) {
    const line = await connection.until('\r\n')
    if (!/^[0-9a-f]+$/i.test(line)) throw new WireError(`not a chunk: ${JSON.stringify(line.slice(0, 80))}`)
    const size = Number.parseInt(line, 16)
    if (size > 0) yield await connection.bytes(size)
    if ((await connection.until('\r\n')) !== '') throw new WireError('a chunk that is longer than it says')
    if (size === 0) return
  }
}

/** The whole body as text. */
export async function readText(connection: Connection, head: Head): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of readBody(connection, head)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
