import http from 'node:http'
import type { Arrival } from './schedule.js'

export interface Outcome {
  /** Milliseconds from when each request was due to the end of its answer. */
  times: number[]
  /** Failed requests by the code of their error. */
  failed: Record<string, number>
  /** Answers that ended their connection. */
  closed: number
}

/** Sends each request when it is due. With `sockets`, clients keep so many connections alive; else each request has its own. */
export async function runOpenLoop(
  port: number,
  arrivals: readonly Arrival[],
  sockets: number | undefined,
): Promise<Outcome> {
  const agent = new http.Agent(sockets ? { keepAlive: true, maxSockets: sockets } : { keepAlive: false })
  const outcome: Outcome = { times: [], failed: {}, closed: 0 }
  const started = performance.now()

  async function send({ due, service }: Arrival): Promise<void> {
    try {
      const response = await get(`http://127.0.0.1:${port}/?block=${service}`, agent)
      outcome.times.push(performance.now() - started - due)
      if (response.headers.connection === 'close') outcome.closed++
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      outcome.failed[code] = (outcome.failed[code] ?? 0) + 1
    }
  }

  const sent: Promise<void>[] = []
  let next = 0
  await new Promise<void>((resolve) => {
    const tick = () => {
      for (;;) {
        const arrival = arrivals[next]
        if (arrival === undefined) return resolve()
        if (arrival.due > performance.now() - started) break
        next++
        sent.push(send(arrival))
      }
      setTimeout(tick, 1)
    }
    tick()
  })
  await Promise.all(sent)
  agent.destroy()
  return outcome
}

/** Resolves when the whole answer has come. */
export function get(url: string, agent: http.Agent): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      response.on('error', reject)
      response.on('end', () => resolve(response))
      response.resume()
    })
    request.on('error', reject)
  })
}
