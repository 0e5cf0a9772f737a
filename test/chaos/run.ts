import { setTimeout as delay } from 'node:timers/promises'
import { poll, within } from '../process/harness/poll.js'
import { readAcceptances } from './acceptances.js'
import { type Actor, createActor } from './actions.js'
import { clientKinds } from './clients/kinds.js'
import { now } from './clock.js'
import { resolveCrashes } from './crashes.js'
import { crowdName, gatherCrowd } from './crowd.js'
import { createDeployment, type Deployment } from './deployment.js'
import { createJournal, type Entry, type Journal } from './journal.js'
import { createJudge } from './judge.js'
import { type Load, startLoad } from './load.js'
import { findOddities, type Oddity } from './oddities.js'
import type { ChaosOptions } from './options.js'
import type { Outcome } from './outcome.js'
import { createRecord, type LoadRecord } from './record.js'
import { createSchedule, type Scheduled } from './schedule.js'
import { type Server, startServer } from './server.js'
import { settle } from './settle.js'

/** How long a worker may take to boot, in milliseconds. */
const bootTimeout = 5_000

/** How long a worker that leaves has for what it is doing, in milliseconds; longer than any request takes. */
const gracefulTimeout = 20_000

/** Milliseconds for which the load is on before the server is told to end under it. */
const lastLoadTime = 1_500

/** Milliseconds beyond the graceful timeout for the arbiter to end. */
const exitMargin = 10_000

function serverSettings(options: ChaosOptions): Record<string, string> {
  return {
    workers: String(options.workers),
    bind: '127.0.0.1:0',
    'boot-timeout': `${bootTimeout}ms`,
    'graceful-timeout': `${gracefulTimeout}ms`,
    'max-requests': String(60 * options.load),
    'max-requests-jitter': String(40 * options.load),
    // A shared machine may well not run a worker for two seconds.
    timeout: options.mode === 'crash' ? '4' : '30',
    ...options.settings,
  }
}

/**
 * Runs the server under load, does to it what the schedule says, ends it, and judges every request.
 *
 * @param events.onNote - is told each action
 * @param events.signal - ends the run early
 */
export async function runChaos(
  options: ChaosOptions,
  events: { onNote?: (entry: Entry) => void; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const deployment = createDeployment()
  try {
    const settings = Object.entries(serverSettings(options)).map(([flag, value]) => `--${flag}=${value}`)
    const server = await startServer({
      node: options.node,
      args: [...settings, deployment.app],
      env: { CHAOS_JOURNAL: deployment.journal },
      workers: options.workers,
    })
    try {
      return await attack({ options, server, deployment, ...events })
    } finally {
      await server.dispose()
    }
  } finally {
    deployment.remove()
  }
}

async function attack(run: {
  options: ChaosOptions
  server: Server
  deployment: Deployment
  onNote?: (entry: Entry) => void
  signal?: AbortSignal
}): Promise<Outcome> {
  const { options, server, deployment, onNote = () => {}, signal } = run
  const { seed, seconds, workers, mode } = options
  const journal = createJournal(onNote)
  const actor = createActor({ server, deployment, journal })
  const startedAt = now()
  const descriptorsBefore = server.descriptors()
  const kinds = clientKinds.map((kind) => ({ ...kind, count: kind.count * options.load }))
  const record = createRecord([...kinds.map(({ name }) => name), crowdName])
  const load = startLoad({ port: server.port, seed, kinds, record })

  const schedule = createSchedule({ seed, seconds, workers, mode, bootTimeout })
  await follow(schedule, actor, server, signal)
  actor.resumeAll()
  // Without requests nothing is recycled, and the server can be compared with what it was at first.
  await load.finish()
  const unsettled = await settle({ server, deployment, actor, journal, workers })
  const descriptorsAfter = await sameDescriptors(server, descriptorsBefore)
  const lastLoad = startLoad({ port: server.port, seed: seed + 1_000, kinds, record })
  await delay(lastLoadTime)
  const crowd = await gatherCrowd({ port: server.port, workers, record })
  const { stoppedAt, exit } = await end(server, lastLoad, journal)
  await crowd.done
  const processesLeft = await server.dispose()

  const descriptors = { before: descriptorsBefore, after: descriptorsAfter }
  const ending = [...unsettled, ...oddEnding({ exit, processesLeft, descriptors })]
  return {
    options,
    startedAt,
    stoppedAt,
    tallies: record.tallies,
    ...pronounce({ record, server, deployment, actor, journal, stoppedAt, ending }),
    story: server.story(),
    journal: journal.entries,
    log: server.log(),
    descriptors,
    exit,
  }
}

/** Judges what went wrong by all that is known now that everything has ended. */
function pronounce(run: {
  record: LoadRecord
  server: Server
  deployment: Deployment
  actor: Actor
  journal: Journal
  stoppedAt: number
  ending: readonly Oddity[]
}): Pick<Outcome, 'failures' | 'crashes' | 'oddities'> {
  const { record, server, deployment, actor, journal, stoppedAt, ending } = run
  const acceptances = readAcceptances(deployment.journal)
  const crashes = resolveCrashes(actor.crashes, acceptances, server.story().workers)
  const judge = createJudge({ crashes, acceptances, stoppedAt })
  const failures = record.failures.map((failure) => ({
    ...failure,
    ...judge(failure),
    lastAction: journal.lastBefore(failure.failedAt)?.text ?? 'nothing yet',
  }))
  const { wasBroken } = deployment
  const oddities = [...findOddities(server.story(), { crashes, wasBroken, stoppedAt }), ...ending]
  return { failures, crashes, oddities }
}

function oddEnding(
  end: Pick<Outcome, 'exit' | 'descriptors'> & { processesLeft: readonly number[] },
): Oddity[] {
  const { exit, descriptors, processesLeft } = end
  const texts: string[] = []
  if (exit !== 0) texts.push(`the server ended with ${exit ?? 'nothing'} instead of 0`)
  if (processesLeft.length > 0) texts.push(`processes were left: ${processesLeft.join(', ')}`)
  if (descriptors.before !== descriptors.after) {
    texts.push(`the arbiter had ${descriptors.before} descriptors before and ${descriptors.after} after`)
  }
  return texts.map((text) => ({ at: now(), text }))
}

/** Does what the schedule says at the times it says, as long as there is a server. */
async function follow(
  schedule: readonly Scheduled[],
  actor: Actor,
  server: Server,
  signal: AbortSignal | undefined,
): Promise<void> {
  const startedAt = now()
  for (const { at, action } of schedule) {
    await delay(Math.max(0, startedAt + at - now()), undefined, { ...(signal && { signal }) }).catch(() => {})
    if (signal?.aborted || server.hasExited()) return
    actor.act(action)
  }
}

/** Those of workers that have just left take a moment to go. */
async function sameDescriptors(server: Server, wanted: number | undefined): Promise<number | undefined> {
  const isSame = () => server.descriptors() === wanted
  await poll(isSame, { deadline: 5_000, what: 'the descriptors are as many as before' }).catch(() => {})
  return server.descriptors()
}

/** Tells the server to end while the load goes on, and waits for both. */
async function end(
  server: Server,
  load: Load,
  journal: Journal,
): Promise<{ stoppedAt: number; exit: number | string | null }> {
  load.expectEnd()
  journal.note('SIGTERM')
  const stoppedAt = now()
  server.signal('SIGTERM')
  const what = 'the server ends'
  const exit = await within(server.exit, { deadline: gracefulTimeout + exitMargin, what }).catch(() => null)
  await load.finish()
  return { stoppedAt, exit }
}
