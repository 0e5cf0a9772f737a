import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { recordOutput } from './output.js'
import { poll, within } from './poll.js'
import { commandLine, hasProcessList, isAlive, pidsWithEnvironment, signalProcess } from './processes.js'
import type { Target } from './request.js'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** How the arbiter ended, and which of its processes still ran at that moment. */
export interface Ending extends Exit {
  outlivedBy: number[]
}

export interface WorkerProcess {
  slot: number
  pid: number
}

export interface Server extends Target {
  pid: number
  /** The first HTTP address that the log says it listens at; empty while there is none. */
  readonly url: string
  readonly port: number
  child: ChildProcess
  /** All that came on stderr, from this position on. */
  log(from?: number): string
  /** The position of the log's end: what comes later is what a test's action led to. */
  mark(): number
  /** The log's lines with the time of their coming, in milliseconds of the monotonic clock. */
  lines(): readonly { at: number; text: string }[]
  stdout(): string
  waitForLog(pattern: RegExp, options?: { after?: number; deadline?: number }): Promise<RegExpExecArray>
  signal(signal: NodeJS.Signals): void
  exit: Promise<Ending>
  /** The workers that the log says were started and that still run, by slot. */
  workers(): WorkerProcess[]
  /** Every process of this server that still runs. */
  processes(): number[]
}

/** The variable by which every process of a server is known, also when its parent is gone. */
export const tokenName = 'PROCESS_TEST_SERVER'

const stopDeadline = 20_000

/**
 * The server that this process is.
 *
 * @param token - the value of a variable that no other process has inherited
 * @param errors - what the server says on stderr
 */
export function observeServer(child: ChildProcess, token: string, errors: Readable | null): Server {
  const stderr = recordOutput(errors)
  const stdout = recordOutput(child.stdout)
  const { pid } = child
  child.on('error', () => {})
  if (pid === undefined) throw new Error(`Cannot start ${child.spawnfile}`)
  const processes = () => {
    if (hasProcessList) return pidsWithEnvironment(tokenName, token)
    return [pid, ...workersInLog(stderr.text()).map((worker) => worker.pid)].filter(isAlive)
  }
  const exit = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      const outlivedBy = processes()
      // What was written last may come after the exit; a surviving worker may hold the pipe open.
      const settle = () => resolve({ code, signal, outlivedBy })
      within(Promise.all([stderr.ended, stdout.ended]), { deadline: 1_000, what: 'the output ends' }).then(
        settle,
        settle,
      )
    })
  })
  const listening = () => /Listening at: (https?:\/\/\S+:(\d+))/.exec(stderr.text())
  return {
    pid,
    get url() {
      return listening()?.[1] ?? ''
    },
    get port() {
      return Number(listening()?.[2] ?? 0)
    },
    child,
    log: (from = 0) => stderr.text().slice(from),
    mark: () => stderr.text().length,
    lines: stderr.lines,
    stdout: stdout.text,
    waitForLog(pattern, { after = 0, deadline } = {}) {
      const match = () => pattern.exec(stderr.text().slice(after))
      return poll(() => match() ?? endedWithout(child, pattern), {
        ...(deadline === undefined ? {} : { deadline }),
        what: `the log says ${pattern}`,
      }).then((found) => {
        if (found instanceof Error) throw found
        return found
      })
    },
    signal: (signal) => signalProcess(pid, signal),
    exit,
    workers: () => {
      const alive = new Set(processes())
      return workersInLog(stderr.text()).filter((worker) => alive.has(worker.pid))
    },
    processes,
  }
}

/** A server that has ended will not say it any more: no use to wait on. */
function endedWithout(child: ChildProcess, pattern: RegExp): Error | undefined {
  const ended = child.exitCode !== null || child.signalCode !== null
  const quiet = child.stderr === null || child.stderr.readableEnded
  if (!ended || !quiet) return undefined
  return new Error(`The server ended (${child.exitCode ?? child.signalCode}) and never said ${pattern}`)
}

function workersInLog(log: string): WorkerProcess[] {
  const started = [...log.matchAll(/Booting worker with pid: (\d+) \(slot (\d+)\)/g)]
  return started
    .map(([, pid, slot]) => ({ slot: Number(slot), pid: Number(pid) }))
    .sort((a, b) => a.slot - b.slot)
}

function isArbiter(pid: number): boolean {
  try {
    return commandLine(pid).startsWith('nworkers: arbiter')
  } catch {
    return false
  }
}

/** Ends the server as an operator would, then by force; gives the processes that had to be killed. */
export async function stopServer(server: Server): Promise<number[]> {
  const gone = () =>
    poll(() => server.processes().length === 0, { deadline: stopDeadline, what: 'the server has ended' })
  server.child.stderr?.resume()
  // After an upgrade the arbiter is another process.
  for (const pid of new Set([server.pid, ...server.processes().filter(isArbiter)])) {
    if (!isAlive(pid)) continue
    signalProcess(pid, 'SIGTERM')
    signalProcess(pid, 'SIGINT')
  }
  await gone().catch(() => {})
  const leftBehind = server.processes()
  for (const pid of leftBehind) signalProcess(pid, 'SIGKILL')
  if (leftBehind.length > 0) await gone().catch(() => {})
  server.child.stdout?.destroy()
  server.child.stderr?.destroy()
  return leftBehind
}
