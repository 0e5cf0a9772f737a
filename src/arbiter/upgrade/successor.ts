import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { lifeOf } from '../../machine/life.js'
import { layOut } from './descriptors.js'
import { type Inheritance, inheritanceVariable } from './inheritance.js'
import { type FromPredecessor, type FromSuccessor, isFromSuccessor } from './messages.js'
import { findFault, type Program } from './program.js'

/** The new arbiter, as the old one holds it. */
export interface Successor {
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
  /** Nothing where it has not said yet who it is. */
  signal(signal: NodeJS.Signals): void
  /** Nothing more is expected of it, for this reason. */
  abandon(reason: string): void
  isRunning(): boolean
  /** Asks it to end; after so many milliseconds it is killed. Resolves when it has ended. */
  end(patience: number): Promise<void>
  /** Lets it go its own way. */
  release(): void
}

/** Starts in the background what it is given, and ends. */
const script = '"$@" <&0 &'

/** How often a new arbiter that ends is looked at, in milliseconds. */
const lookEvery = 20

/** SIGKILL takes effect within this, in milliseconds. */
const killTakes = 2_000

/**
 * Starts the program as a new arbiter.
 *
 * It is no child of this process, but at once of whoever takes orphans: systemd waits for the end of a main process only
 * if it was its child when it was told of it, and kills what is left of the service else.
 */
export function startSuccessor(
  program: Program,
  environment: NodeJS.ProcessEnv,
  inheritance: Inheritance,
  adopted: readonly number[],
): Successor {
  const heard = new Map<string, FromSuccessor>()
  let pid: number | undefined
  let failure: string | undefined
  let waiting: (() => void) | undefined
  const channel = start()

  function fail(reason: string): void {
    failure ??= reason
    waiting?.()
  }

  function start(): ChildProcess | undefined {
    failure = findFault(program, environment.PATH)
    if (failure !== undefined) return undefined
    const passed = [...inheritance.passed.map(({ fd }) => fd), ...adopted]
    const { stdio, bound } = layOut(passed, inheritance.bound)
    const env = { ...environment, [inheritanceVariable]: JSON.stringify({ ...inheritance, bound }) }
    try {
      return spawn('/bin/sh', ['-c', script, 'sh', program.file, ...program.args], {
        cwd: program.cwd,
        env,
        stdio,
      })
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      return undefined
    }
  }

  function expect<Type extends FromSuccessor['type']>(type: Type, within: number) {
    return new Promise<FromSuccessor & { type: Type }>((resolve, reject) => {
      const late = () => fail(`it did not say "${type}" within ${within / 1000} s`)
      const timer = within > 0 ? setTimeout(late, within) : undefined
      const settle = () => {
        const message = heard.get(type)
        if (failure === undefined && message === undefined) return
        clearTimeout(timer)
        waiting = undefined
        if (failure !== undefined) reject(new Error(failure))
        else resolve(message as FromSuccessor & { type: Type })
      }
      waiting = settle
      settle()
    })
  }

  function signal(name: NodeJS.Signals): void {
    try {
      if (pid !== undefined) process.kill(pid, name)
    } catch {
      // It has ended.
    }
  }

  // An orphan may stay a zombie for long where nobody takes care of it.
  const isRunning = () => channel?.connected === true || (pid !== undefined && lifeOf(pid) !== undefined)

  async function end(patience: number): Promise<void> {
    const deadline = performance.now() + patience
    // One that has not said yet who it is finds nobody at the other end, and ends by itself.
    if (pid === undefined) release()
    signal('SIGTERM')
    while (isRunning() && performance.now() < deadline) await delay(lookEvery)
    if (isRunning()) signal('SIGKILL')
    while (isRunning() && performance.now() < deadline + killTakes) await delay(lookEvery)
    release()
  }

  function release(): void {
    if (channel?.connected) channel.disconnect()
  }

  channel?.on('error', (error) => fail(error.message))
  channel?.on('message', (message) => {
    if (!isFromSuccessor(message)) return
    if (message.type === 'failed') return fail(message.reason)
    if (message.type === 'hello') pid = message.pid
    heard.set(message.type, message)
    waiting?.()
  })
  channel?.once('disconnect', () => fail('it has ended'))

  return {
    expect,
    send(message) {
      if (channel?.connected) channel.send(message, () => {})
    },
    signal,
    abandon: fail,
    isRunning,
    end,
    release,
  }
}
