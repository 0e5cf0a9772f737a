import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, createServer } from 'node:net'

const head = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'

/** What a client without retries has met. */
export interface Tally {
  answered: number
  /** What went wrong, and how often. */
  failed: Record<string, number>
}

/** Longer than any answer takes that is still to come, in milliseconds. */
const patience = 8_000

/** The first bytes of the answer to one request on a connection of its own; undefined for all but a good one. */
export function answerOf(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(head))
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(/^HTTP\/1\.1 200 .*hello/s.test(text) ? text : undefined))
  })
}

/** Makes so many short connections, so many at a time. Gives how many failed. */
export async function shortConnections(port: number, count: number, atOnce: number): Promise<number> {
  let left = count
  let failed = 0
  const client = async () => {
    while (left-- > 0) if ((await answerOf(port)) === undefined) failed++
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return failed
}

/**
 * Sends requests one after the other from so many clients of each kind until `end` is called: on a connection that is
 * kept, and on a new one each.
 */
export function mixedLoad(port: number, clients: number): { tally: Tally; end(): Promise<void> } {
  const tally: Tally = { answered: 0, failed: {} }
  let isOver = false
  const client = async (keepAlive: boolean) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    while (!isOver) {
      const failure = await request(port, agent)
      if (failure === undefined) tally.answered++
      else tally.failed[failure] = (tally.failed[failure] ?? 0) + 1
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    agent.destroy()
  }
  const all = [true, false].flatMap((kept) => Array.from({ length: clients }, () => client(kept)))
  return {
    tally,
    async end() {
      isOver = true
      await Promise.all(all)
    },
  }
}

/** Gives what went wrong. */
function request(port: number, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = get({ host: '127.0.0.1', port, agent, timeout: patience }, (response) => {
      response.resume()
      response.on('error', () => resolve('cut short'))
      response.on('end', () => resolve(response.statusCode === 200 ? undefined : `${response.statusCode}`))
    })
    sent.on('timeout', () => sent.destroy(Object.assign(new Error(), { code: 'no answer' })))
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
