import { signalProcess } from '../process/harness/processes.js'
import { now } from './clock.js'
import type { CrashAction } from './crashes.js'
import type { Deployment } from './deployment.js'
import type { Journal } from './journal.js'
import type { Action } from './schedule.js'
import type { Server } from './server.js'
import { getRequest } from './wire/answer.js'
import { openConnection, WireError } from './wire/connection.js'

/** Carries out what the schedule says. */
export interface Actor {
  act(action: Action): void
  /** The crashes so far. */
  crashes: readonly CrashAction[]
  /** Resumes whom it has paused. */
  resumeAll(): void
  /** Resolves when every spinning request has ended, as it does when its worker is killed. */
  spins(): Promise<unknown>
}

/** Milliseconds for a hung worker to be found and killed. */
const spinDeadline = 30_000

export function createActor(options: { server: Server; deployment: Deployment; journal: Journal }): Actor {
  const { server, deployment, journal } = options
  const crashes: CrashAction[] = []
  const spinning: Promise<void>[] = []
  const paused = new Map<number, NodeJS.Timeout>()

  /** One of the workers that nothing was done to yet. */
  function pick(fraction: number): number | undefined {
    const touched = new Set(crashes.map((crash) => (crash.how === 'spin' ? 0 : crash.pid)))
    const running = new Set(server.processes())
    const workers = server
      .story()
      .alive()
      .filter(({ pid }) => running.has(pid) && !touched.has(pid) && !paused.has(pid))
    return workers[Math.floor(fraction * workers.length)]?.pid
  }

  function crash(how: 'kill' | 'stop', fraction: number): void {
    const pid = pick(fraction)
    if (pid === undefined) return
    journal.note(`${how === 'kill' ? 'SIGKILL' : 'SIGSTOP'} to worker ${pid}`)
    crashes.push({ how, at: now(), pid })
    signalProcess(pid, how === 'kill' ? 'SIGKILL' : 'SIGSTOP')
  }

  function pause(fraction: number, time: number): void {
    const pid = pick(fraction)
    if (pid === undefined) return
    journal.note(`SIGSTOP to worker ${pid} for ${time} ms`)
    signalProcess(pid, 'SIGSTOP')
    paused.set(
      pid,
      setTimeout(() => resume(pid), time),
    )
  }

  function resume(pid: number): void {
    clearTimeout(paused.get(pid))
    paused.delete(pid)
    // It may have gone, and its pid may be a stranger's.
    if (server.processes().includes(pid)) signalProcess(pid, 'SIGCONT')
  }

  async function spin(): Promise<void> {
    const at = now()
    const connection = await openConnection(server.port, spinDeadline)
    const action = { how: 'spin' as const, at, port: connection.port, endedAt: Number.POSITIVE_INFINITY }
    crashes.push(action)
    const timer = setTimeout(() => connection.close(new WireError('still spinning')), spinDeadline)
    try {
      await connection.write(getRequest('/spin'))
      await connection.some(1)
    } finally {
      clearTimeout(timer)
      connection.close()
      action.endedAt = now()
    }
  }

  return {
    crashes,
    act(action) {
      switch (action.type) {
        case 'reload':
          journal.note('SIGHUP')
          server.signal('SIGHUP')
          return
        case 'scale':
          journal.note(action.signal)
          server.signal(action.signal)
          return
        case 'deploy':
          journal.note(`deploy ${action.fault ? `a broken app (${action.fault})` : 'a good app'}, SIGHUP`)
          deployment.deploy(action.fault)
          server.signal('SIGHUP')
          return
        case 'kill':
        case 'stop':
          crash(action.type, action.worker)
          return
        case 'pause':
          pause(action.worker, action.time)
          return
        case 'spin':
          journal.note('a request that spins')
          // How it ends is of no interest: its worker dies, by this or before.
          spinning.push(spin().catch(() => {}))
          return
      }
    },
    resumeAll() {
      for (const pid of [...paused.keys()]) resume(pid)
    },
    spins: () => Promise.all(spinning),
  }
}
