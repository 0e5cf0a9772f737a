import { poll } from '../process/harness/poll.js'
import type { Actor } from './actions.js'
import { now } from './clock.js'
import type { Deployment } from './deployment.js'
import type { Journal } from './journal.js'
import type { Oddity } from './oddities.js'
import type { Server } from './server.js'

/** Milliseconds for each step back to order. */
const deadline = 60_000

/**
 * Brings the server back to where it began, which it must reach: all crashes over, a good app reloaded, as many
 * workers as at first. Gives what it did not reach.
 */
export async function settle(run: {
  server: Server
  deployment: Deployment
  actor: Actor
  journal: Journal
  workers: number
}): Promise<Oddity[]> {
  const { server, deployment, actor, journal, workers } = run
  const reached = async (what: string, probe: () => boolean) => {
    await poll(() => server.hasExited() || probe(), { deadline, what })
    if (server.hasExited()) throw new Error(`The server ended by itself before: ${what}`)
  }
  const isOver = (pid: number) => server.story().workers.every((one) => one.pid !== pid || one.exitedAt)

  try {
    await actor.spins()
    for (const crash of actor.crashes) {
      if (crash.how !== 'spin')
        await reached(`worker ${crash.pid} is found dead or hung`, () => isOver(crash.pid))
    }
    await scale(server, workers, journal, reached)

    const { reloads } = server.story()
    const before = reloads.length
    journal.note('the last deploy of a good app, SIGHUP')
    deployment.deploy()
    server.signal('SIGHUP')
    await reached(`the last reload is done, with ${workers} workers`, () => {
      const story = server.story()
      const isDone = reloads.length > before && !story.isReloading() && reloads.at(-1)?.failure === undefined
      return isDone && story.alive().length === workers
    })
    return []
  } catch (error) {
    return [{ at: now(), text: error instanceof Error ? error.message : String(error) }]
  }
}

/** A signal that was sent just before may still be on its way; then this takes a step more, back. */
async function scale(
  server: Server,
  workers: number,
  journal: Journal,
  reached: (what: string, probe: () => boolean) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { targets } = server.story()
    const changes = targets.length
    const target = targets.at(-1) ?? workers
    if (target === workers) return
    const signal = target < workers ? 'SIGTTIN' : 'SIGTTOU'
    journal.note(signal)
    server.signal(signal)
    await reached(`${signal} is heeded`, () => server.story().targets.length > changes)
  }
}
