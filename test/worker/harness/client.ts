import { once } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import { poll, within } from '../../process/harness/poll.js'

/** An answer as it came over the wire. */
export interface Answer {
  status: number
  headers: Map<string, string>
  /** Each header line, in order. */
  lines: string[]
  /** What of the body has come; chunks are joined. */
  body: string
  isComplete: boolean
}

/** A client that says each byte itself. */
export interface Client {
  readonly socket: net.Socket
  send(text: string | Uint8Array): void
  /** All bytes that came. */
  received(): string
  answers(): Answer[]
  /** Resolves when this answer, counted from 1, has come in full. */
  answer(number: number): Promise<Answer>
  /** Resolves when this text has come. */
  receives(text: string): Promise<unknown>
  /** Resolves when the connection is over: `end` if the server closed it in order, else the code of the error. */
  closed(): Promise<string>
}

/** Connects to a port or a path; closed after the test. */
export async function connect(t: TestContext, at: number | string): Promise<Client> {
  const socket =
    typeof at === 'number'
      ? net.connect({ port: at, host: '127.0.0.1', allowHalfOpen: true })
      : net.connect({ path: at, allowHalfOpen: true })
  t.after(() => void socket.destroy())
  let text = ''
  let outcome: string | undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('end', () => {
    outcome ??= 'end'
    socket.end()
  })
  await once(socket, 'connect')
  socket.on('error', (error: NodeJS.ErrnoException) => {
    outcome ??= error.code ?? error.message
  })
  const over = new Promise<string>((resolve) => socket.once('close', () => resolve(outcome ?? 'destroyed')))
  const client: Client = {
    socket,
    send: (bytes) => void socket.write(bytes),
    received: () => text,
    answers: () => parse(text, outcome !== undefined),
    async answer(number) {
      return await poll(
        () => {
          const found = client.answers()[number - 1]
          return found?.isComplete ? found : undefined
        },
        {
          deadline: 10_000,
          what: `answer ${number} has come; there is ${JSON.stringify(text.slice(0, 2_000))}`,
        },
      )
    },
    receives: (part) => poll(() => text.includes(part), { deadline: 10_000, what: `${part} has come` }),
    closed: () => within(over, { deadline: 10_000, what: 'the connection is over' }),
  }
  return client
}

/** The bytes of a GET request. */
export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`
}

/** Reads HTTP/1.1 answers (RFC 9112), as far as they have come. */
function parse(text: string, isOver: boolean): Answer[] {
  const answers: Answer[] = []
  for (let at = 0; at < text.length; ) {
    const headEnd = text.indexOf('\r\n\r\n', at)
    if (headEnd < 0) break
    const [statusLine = '', ...lines] = text.slice(at, headEnd).split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    const headers = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2),
      ]),
    )
    const { body, end, isComplete } = parseBody(text, headEnd + 4, status, headers, isOver)
    if (status >= 200 || status === 101) answers.push({ status, headers, lines, body, isComplete })
    at = end
  }
  return answers
}

function parseBody(
  text: string,
  start: number,
  status: number,
  headers: Map<string, string>,
  isOver: boolean,
) {
  if (status < 200 || status === 204 || status === 304) return { body: '', end: start, isComplete: true }
  const length = headers.get('content-length')
  if (length !== undefined) {
    const end = start + Number(length)
    return { body: text.slice(start, end), end, isComplete: text.length >= end }
  }
  if (headers.get('transfer-encoding') !== 'chunked') {
    return { body: text.slice(start), end: text.length, isComplete: isOver }
  }
  let body = ''
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (lineEnd < 0 || text.length < lineEnd + 4 + size) return { body, end: text.length, isComplete: false }
    if (size === 0) return { body, end: lineEnd + 4, isComplete: true }
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 4 + size
  }
}
