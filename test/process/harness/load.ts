import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { poll } from './poll.js'
import { type Answer, agentFor, type Identity, RequestFailure, request, type Target } from './request.js'

export interface LoadOptions {
  /** Clients that keep their connection. */
  keepAlive?: number
  /** Clients that make a new connection for each request. */
  fresh?: number
  /** Milliseconds each request takes in its handler. */
  duration?: number
  /** Milliseconds for which each request blocks its worker, without using a core. */
  blocking?: number
  /** Where the app says who it is. */
  path?: string
  method?: string
  /** A folder in which each worker notes the requests it began, in a file named by its pid. */
  journal?: string
  /** Milliseconds without an answer that make it a failure. */
  timeout?: number
}

export interface Failure {
  id: string
  kind: string
  client: 'keep-alive' | 'fresh'
  /** The worker that answered last on this client's connection, if it had one. */
  pid: number | undefined
}

export interface Tally {
  answered: number
  failures: Failure[]
  /** Answers by the worker's pid. */
  pids: Map<number, number>
  /** Answers by the version the app says. */
  versions: Map<string, number>
}

export interface Load {
  clients: number
  tally: Tally
  /** Resolves when so many more requests were answered. */
  answers(more: number): Promise<void>
  /** Lets the requests that are running end, and gives the tally. */
  stop(): Promise<Tally>
}

/**
 * Clients that each send a request, wait for the answer, think for a moment and send the next. None is ever tried
 * again, so each failure is one that a user would have seen.
 */
export function startLoad(t: TestContext, target: Target, options: LoadOptions = {}): Load {
  const {
    keepAlive = 4,
    fresh = 4,
    duration,
    blocking,
    journal,
    path = '/',
    method,
    timeout = 15_000,
  } = options
  const tally: Tally = { answered: 0, failures: [], pids: new Map(), versions: new Map() }
  let running = true

  const query = new URLSearchParams({
    ...(duration === undefined ? {} : { ms: String(duration) }),
    ...(blocking === undefined ? {} : { block: String(blocking) }),
    ...(journal === undefined ? {} : { journal }),
  })

  async function client(kind: Failure['client'], number: number): Promise<void> {
    const agent = agentFor(target, { keepAlive: kind === 'keep-alive', maxSockets: 1 })
    let pid: number | undefined
    for (let count = 0; running; count++) {
      const id = `${kind}-${number}-${count}`
      try {
        const answer = await request(target, `${path}?id=${id}&${query}`, {
          agent,
          timeout,
          ...(method && { method }),
        })
        pid = kind === 'keep-alive' ? answer.pid : undefined
        record(tally, kind, id, answer)
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error
        tally.failures.push({ id, kind: error.kind, client: kind, pid })
      }
      // A moment of thought: idle connections are where servers lose requests.
      await new Promise((resolve) => setTimeout(resolve, count % 4))
    }
    agent.destroy()
  }

  const clients = [
    ...Array.from({ length: keepAlive }, (_, number) => client('keep-alive', number)),
    ...Array.from({ length: fresh }, (_, number) => client('fresh', number)),
  ]
  const load: Load = {
    clients: clients.length,
    tally,
    async answers(more) {
      const wanted = tally.answered + more
      await poll(() => tally.answered >= wanted, { what: `${more} more requests are answered` })
    },
    async stop() {
      running = false
      await Promise.all(clients)
      return tally
    },
  }
  t.after(load.stop)
  return load
}

function record(tally: Tally, client: Failure['client'], id: string, answer: Answer): void {
  const identity = answer.status === 200 ? parseIdentity(answer.body) : undefined
  if (identity?.id !== id) {
    const kind = answer.status === 200 ? `wrong body ${answer.body.slice(0, 80)}` : `status ${answer.status}`
    tally.failures.push({ id, kind, client, pid: answer.pid })
    return
  }
  tally.answered++
  tally.pids.set(identity.pid, (tally.pids.get(identity.pid) ?? 0) + 1)
  tally.versions.set(identity.version, (tally.versions.get(identity.version) ?? 0) + 1)
}

function parseIdentity(body: string): Identity | undefined {
  try {
    return JSON.parse(body) as Identity
  } catch {
    return undefined
  }
}

/** Fails with the kinds of failures and how often each came. */
export function assertNoneFailed(tally: Tally): void {
  const kinds: Record<string, number> = {}
  for (const { kind } of tally.failures) kinds[kind] = (kinds[kind] ?? 0) + 1
  assert.deepEqual(kinds, {}, `${tally.failures.length} failed beside ${tally.answered} answered`)
  assert.ok(tally.answered > 0, 'no request was answered')
}
