import { Agent, request } from 'node:http'
import type { Options } from './options.js'

/** How one request ended. The pid and slot are those of the worker that answered. */
export type Outcome = { labels: number[]; pid: number; slot: number | null } | { error: string }

/** Someone who sends one request at a time. */
export interface User {
  /** Sends the JSON text of a request. Never rejects: what goes wrong is an outcome too. */
  send(body: string): Promise<Outcome>
  /** Closes the connection. */
  leave(): void
}

/** A user of the server, who waits at most `timeout` seconds for each answer. */
export function createUser({ url, keepAlive, timeout, deadline }: Options): User {
  const agent = new Agent({ keepAlive, maxSockets: 1 })
  const target = new URL('predict', url.href.endsWith('/') ? url : `${url.href}/`)
  const headers = {
    'content-type': 'application/json',
    ...(deadline !== undefined && { 'x-deadline-ms': String(deadline) }),
  }
  return {
    send: async (body) => {
      try {
        const { status, text } = await post(target, headers, body, agent, timeout)
        return status === 200 ? readPrediction(text) : { error: `HTTP ${status}` }
      } catch (error) {
        return { error: classify(error) }
      }
    },
    leave: () => agent.destroy(),
  }
}

function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  agent: Agent,
  timeout: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) }
    const call = request(url, { method: 'POST', agent, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    })
    const deadline = setTimeout(() => call.destroy(new Error('timeout')), timeout * 1000)
    call.once('close', () => clearTimeout(deadline))
    call.once('error', reject)
    call.end(body)
  })
}

function readPrediction(text: string): Outcome {
  try {
    const { predictions, pid, slot } = JSON.parse(text)
    const labels = predictions.map(({ label }: { label: unknown }) => label)
    if (labels.length > 0 && labels.every(Number.isInteger) && Number.isInteger(pid))
      return { labels, pid, slot }
  } catch {
    // Told below, like every other answer that makes no sense.
  }
  return { error: 'not a prediction' }
}

function classify(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
