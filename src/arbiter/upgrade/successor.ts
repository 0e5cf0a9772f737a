import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describeExit } from '../fleet/death.js'
import { layOut } from './descriptors.js'
import { type Inheritance, inheritanceVariable } from './inheritance.js'
import { type FromPredecessor, type FromSuccessor, isFromSuccessor } from './messages.js'
import type { Program } from './program.js'

/** The new arbiter, as the old one holds it. */
export interface Successor {
  /** Undefined where no process could be made. */
  readonly pid: number | undefined
  /**
   * Resolves with the message of this type when it comes.
   * @throws an error that says why it does not: it failed, has ended, is late by so many milliseconds (0 = never), or was
   * abandoned
   */
  expect<Type extends FromSuccessor['type']>(
    type: Type,
    within: number,
  ): Promise<FromSuccessor & { type: Type }>
  send(message: FromPredecessor): void
  signal(signal: NodeJS.Signals): void
  /** Nothing more is expected of it, for this reason. */
  abandon(reason: string): void
  isRunning(): boolean
  /** Asks it to end; after so many milliseconds it is killed. Resolves when it has ended. */
  end(patience: number): Promise<void>
  /** Lets it go its own way: this process neither hears of it nor waits for it. */
  release(): void
}

/** After its exit, what it has last said is waited for this long, in milliseconds. */
const lastWords = 250

/** Starts the program as a new arbiter. */
export function startSuccessor(
  program: Program,
  environment: NodeJS.ProcessEnv,
  inheritance: Inheritance,
  adopted: readonly number[],
): Successor {
  const heard = new Map<string, FromSuccessor>()
  let failure: string | undefined
  let waiting: { type: string; settle: () => void } | undefined
  let child: ChildProcess | undefined

  function fail(reason: string): void {
    failure ??= reason
    waiting?.settle()
  }

  function start(): ChildProcess | undefined {
    const passed = [...inheritance.passed.map(({ fd }) => fd), ...adopted]
    const { stdio, bound } = layOut(passed, inheritance.bound)
    const env = { ...environment, [inheritanceVariable]: JSON.stringify({ ...inheritance, bound }) }
    try {
      return spawn(program.file, program.args, { cwd: program.cwd, env, stdio })
    } catch (error) {
      fail(describeFailure(error, program))
      return undefined
    }
  }

  function expect<Type extends FromSuccessor['type']>(type: Type, within: number) {
    return new Promise<FromSuccessor & { type: Type }>((resolve, reject) => {
      const timer =
        within > 0
          ? setTimeout(() => fail(`it did not come to be ${type} within ${within / 1000} s`), within)
          : undefined
      const settle = () => {
        const message = heard.get(type)
        if (failure === undefined && message === undefined) return
        clearTimeout(timer)
        waiting = undefined
        if (failure !== undefined) reject(new Error(failure))
        else resolve(message as FromSuccessor & { type: Type })
      }
      waiting = { type, settle }
      settle()
    })
  }

  const isRunning = () => child?.pid !== undefined && child.exitCode === null && child.signalCode === null

  async function end(patience: number): Promise<void> {
    if (!child || !isRunning()) return
    const gone = new Promise((resolve) => child?.once('exit', resolve))
    child.kill('SIGTERM')
    const timer = setTimeout(() => child?.kill('SIGKILL'), patience)
    await gone
    clearTimeout(timer)
  }

  child = start()
  child?.on('error', (error) => fail(describeFailure(error, program)))
  child?.on('message', (message) => {
    if (!isFromSuccessor(message)) return
    if (message.type === 'failed') return fail(message.reason)
    heard.set(message.type, message)
    waiting?.settle()
  })
  child?.once('exit', (code, signal) => {
    const tell = () => fail(`it ended (${describeExit({ code, signal, outOfMemory: false })})`)
    if (!child?.connected) return tell()
    const timer = setTimeout(tell, lastWords)
    child.once('disconnect', () => {
      clearTimeout(timer)
      tell()
    })
  })

  return {
    pid: child?.pid,
    expect,
    send(message) {
      if (child?.connected) child.send(message, () => {})
    },
    signal: (signal) => void child?.kill(signal),
    abandon: fail,
    isRunning,
    end,
    release() {
      if (child?.connected) child.disconnect()
      child?.unref()
    },
  }
}

function describeFailure(error: unknown, { file, cwd }: Program): string {
  const { code, message } = error as NodeJS.ErrnoException
  // The system says ENOENT of the program where it is the directory that has gone.
  if (code === 'ENOENT' && !existsSync(cwd)) return `the directory ${cwd} has gone`
  if (code === 'ENOENT') return `there is no program ${file}`
  if (code === 'EACCES') return `${file} can't be run`
  return message
}
