import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { probeSource, type TemporaryFolder, temporaryFolder } from './harness/application.js'
import { type HeldRequest, holdRequest } from './harness/held.js'
import { poll } from './harness/poll.js'
import { identify, RequestFailure, refuses, request } from './harness/request.js'
import { ended, type Server, startServer } from './harness/server.js'

const stopping = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const
const harmless = ['SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR1'] as const
/** While it serves they have it hand over, or send its workers away: upgrade.test.ts and pause.test.ts. */
const drastic = ['SIGUSR2', 'SIGWINCH'] as const

/** A server in some state, and how it gets on from there. */
interface Scene {
  server: Server
  /** The request that runs, if one does. */
  held?: HeldRequest
  /** Lets what holds the server in its state go on. */
  release(): void
}

/** A state of the server, and whether it is one from which it serves on. */
interface State {
  name: string
  serves: boolean
  enter(t: TestContext): Promise<Scene>
}

const args = ['-w', '1', '--graceful-timeout', '20', '--drain-linger', '1']

/** A module that is not loaded before the file `go` is there. */
function waitingSource(files: TemporaryFolder): string {
  const wait = `import { existsSync } from 'node:fs'
    while (!existsSync(${JSON.stringify(files.path('go'))})) await new Promise((resolve) => setTimeout(resolve, 20))`
  return probeSource('waited', wait)
}

const states: State[] = [
  {
    name: 'booting',
    serves: true,
    async enter(t) {
      const files = temporaryFolder(t)
      files.deploy('app.mjs', waitingSource(files))
      const server = await startServer(t, { app: files.path('app.mjs'), args, waitForReady: false })
      await server.waitForLog(/Booting worker/)
      return { server, release: () => files.deploy('go', '') }
    },
  },
  {
    name: 'serving idle',
    serves: true,
    async enter(t) {
      return { server: await startServer(t, { args }), release() {} }
    },
  },
  {
    name: 'serving busy',
    serves: true,
    async enter(t) {
      const server = await startServer(t, { args })
      const held = await holdRequest(t, server)
      return { server, held, release: held.release }
    },
  },
  {
    name: 'rolling out',
    serves: true,
    async enter(t) {
      const files = temporaryFolder(t, { 'app.mjs': probeSource('first') })
      const server = await startServer(t, { app: files.path('app.mjs'), args })
      files.deploy('app.mjs', waitingSource(files))
      server.signal('SIGHUP')
      await server.waitForLog(/Booting worker with pid: \d+ \(slot 0\), generation 2/)
      return { server, release: () => files.deploy('go', '') }
    },
  },
  {
    name: 'draining',
    serves: false,
    async enter(t) {
      const server = await startServer(t, { args })
      const held = await holdRequest(t, server)
      server.signal('SIGTERM')
      await poll(() => refuses(server), { what: 'new connections are refused' })
      return { server, held, release: held.release }
    },
  },
  {
    name: 'stopping',
    serves: false,
    async enter(t) {
      const server = await startServer(t, { args })
      // The worker can't hear that it is to end, so the stop takes until it is killed.
      request(server, '/block?ms=60000&announce=block').catch(() => {})
      await server.waitForLog(/running block/)
      server.signal('SIGINT')
      await server.waitForLog(/Stopping at once/)
      return { server, release() {} }
    },
  },
]

/** Sends the signals in this order, all at once, and waits until the log says that each was heard. */
async function send(server: Server, ...signals: NodeJS.Signals[]): Promise<void> {
  const mark = server.mark()
  for (const signal of signals) server.signal(signal)
  for (const signal of signals) {
    const name = signal.slice(3).toLowerCase()
    await server.waitForLog(new RegExp(`Handling signal: ${name}`), { after: mark })
  }
}

async function assertAnswered(held: HeldRequest | undefined): Promise<void> {
  const answer = await held?.answer
  if (answer instanceof RequestFailure) throw answer
  if (answer) assert.equal(answer.body, 'released')
}

async function assertStopped(server: Server): Promise<void> {
  assert.deepEqual(await ended(server), { code: 0, signal: null })
  assert.doesNotMatch(server.log(), /^\s+at /m)
}

describe('every signal in every state', { concurrency: 2 }, () => {
  for (const { name, serves, enter } of states) {
    for (const signal of stopping) {
      test(`${name}: ${signal} ends it with exit code 0`, async (t) => {
        const { server, held, release } = await enter(t)
        await send(server, signal)
        const waits = signal === 'SIGTERM'
        if (waits && held) release()
        await assertStopped(server)
        if (waits) await assertAnswered(held)
      })
    }

    const others = serves ? harmless : [...harmless, ...drastic]
    test(`${name}: ${others.join(', ')} leave it ${serves ? 'serving' : 'ending with exit code 0'}`, async (t) => {
      const { server, held, release } = await enter(t)
      // The end does not wait for us, so there they come together.
      if (!serves) await send(server, ...others)
      else for (const signal of others) await send(server, signal)
      if (serves || held) assert.equal(server.child.exitCode, null)
      release()
      await assertAnswered(held)
      if (!serves) return assertStopped(server)
      await poll(async () => (await identify(server)).slot === '0', { what: 'it serves' })
      // The reload that HUP asked for comes to its end, and leaves as many workers as before.
      await server.waitForLog(/Reload: generation \d+ serves/)
      await poll(() => server.workers().length === 1, { what: 'one worker is left' })
      assert.doesNotMatch(server.log(), /ERROR/)
    })
  }
})
