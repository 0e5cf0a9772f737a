import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type ChildStream, follow } from './output.js'
import { children, cpuTime, processTree, proportionalSize } from './process-tree.js'
import { answerOf } from './requests.js'
import type { Place, System } from './systems.js'

/** A system that serves. */
export interface Running {
  system: System
  place: Place
  /** Its first process, the only one of a single server. */
  pid: number
  /** In milliseconds of the monotonic clock. */
  startedAt: number
  /** Milliseconds from the start to the first answer. */
  startTime: number
  /** What it has written so far. */
  output: ChildStream
  pids(): number[]
  /** The processes that the first one has started. */
  workers(): number[]
  /** Milliseconds of all its processes so far. */
  cpu(): number
  /** Bytes. */
  memory(): number
  stop(): Promise<void>
}

const startDeadline = 60_000
const stopDeadline = 15_000

/** Starts a system and waits for its first answer. */
export async function start(system: System, place: Place): Promise<Running> {
  const { file, args, cwd, environment } = system.command(place)
  const started = performance.now()
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = follow(child)
  // Several times within a millisecond it would keep one of the cores from what starts.
  while (!(await answerOf(place.port))) {
    if (child.exitCode !== null || performance.now() - started > startDeadline) {
      await stop(child)
      throw new Error(`${system.name} does not answer. It says:\n${output.text()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const startTime = performance.now() - started
  const pid = child.pid ?? 0
  const pids = () => processTree(pid)
  return {
    system,
    place,
    pid,
    startedAt: started,
    startTime,
    output,
    pids,
    workers: () => children(pid),
    cpu: () => cpuTime(pids()),
    memory: () => proportionalSize(pids()),
    stop: () => stop(child),
  }
}

/** Ends it, and whatever of it has outlived its first process. */
async function stop(child: ChildProcess): Promise<void> {
  const all = child.pid === undefined ? [] : processTree(child.pid)
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const deadline = setTimeout(() => child.kill('SIGKILL'), stopDeadline)
    await exited
    clearTimeout(deadline)
  }
  for (const pid of all.slice(1)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has gone with the first one.
    }
  }
}
