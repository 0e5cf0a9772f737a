import { type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import { createError, type NworkersError } from '../errors.js'

/** An arbiter at the other end of a control socket. Every call throws NWORKERS_E_NO_ARBITER or NWORKERS_E_CONTROL. */
export interface Arbiter {
  /** The text of an answer. */
  text(method: Method, path: string, body?: object): Promise<string>
  /** The JSON of an answer; what it is, its route tells. */
  json<Answer>(method: Method, path: string, body?: object): Promise<Answer>
  /** An answer of many lines, each a JSON object, as they come; resolves when it ends, or the arbiter does. */
  lines(method: Method, path: string, onLine: (line: object) => void): Promise<void>
}

type Method = 'GET' | 'POST'

/** An arbiter that is well answers at once. Milliseconds. */
const patience = 10_000

/** The arbiter whose control socket is at this path; it is asked when it is called. */
export function arbiterAt(socketPath: string): Arbiter {
  async function text(method: Method, path: string, body?: object): Promise<string> {
    const response = await call(socketPath, { method, path, body, signal: AbortSignal.timeout(patience) })
    return await textOf(socketPath, response)
  }
  return {
    text,
    async json<Answer>(method: Method, path: string, body?: object) {
      // The server is of the same package, and its type says what it answers.
      return JSON.parse(await text(method, path, body)) as Answer
    },
    async lines(method, path, onLine) {
      const response = await call(socketPath, { method, path })
      try {
        for await (const line of createInterface({ input: response })) onLine(parseLine(line))
      } catch (error) {
        // Cut off by the end of the arbiter: whoever awaits a last line sees that it has not come.
        if (!isCut(error)) throw failure(socketPath, error)
      }
    },
  }
}

async function call(
  socketPath: string,
  {
    method,
    path,
    body,
    signal,
  }: { method: Method; path: string; body?: object | undefined; signal?: AbortSignal },
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath, method, path, ...(signal && { signal }) }, resolve)
    sent.on('error', (error) => reject(failure(socketPath, error)))
    sent.end(body && JSON.stringify(body))
  })
  if ((response.statusCode ?? 0) < 400) return response
  throw createError('NWORKERS_E_CONTROL', refusalIn(await textOf(socketPath, response)))
}

async function textOf(socketPath: string, response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  try {
    for await (const chunk of response) text += chunk
  } catch (error) {
    throw failure(socketPath, error)
  }
  return text
}

/** The sentence in a refusal. */
function refusalIn(text: string): string {
  try {
    const answer: { error?: { message?: string } } = JSON.parse(text)
    return answer.error?.message ?? text
  } catch {
    return text
  }
}

function parseLine(line: string): object {
  const value: unknown = JSON.parse(line)
  return typeof value === 'object' && value !== null ? value : {}
}

function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
}

function failure(socketPath: string, error: unknown): NworkersError {
  const { code, name, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return createError('NWORKERS_E_NO_ARBITER', `There is no control socket ${socketPath}.`)
  if (code === 'ECONNREFUSED') {
    return createError('NWORKERS_E_NO_ARBITER', `Nobody listens at ${socketPath}: its arbiter has ended.`)
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return createError('NWORKERS_E_NO_ARBITER', `The arbiter at ${socketPath} has ended.`)
  }
  if (name === 'AbortError' || name === 'TimeoutError') {
    return createError(
      'NWORKERS_E_CONTROL',
      `The arbiter at ${socketPath} did not answer within ${patience / 1000} s.`,
    )
  }
  if (code === 'EACCES') {
    return createError(
      'NWORKERS_E_CONTROL',
      `${socketPath} belongs to another user; become that one, or root.`,
    )
  }
  return createError('NWORKERS_E_CONTROL', `The control socket ${socketPath} can't be used: ${message}.`)
}
