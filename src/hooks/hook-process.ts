import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '../arbiter/environment.js'
import { describeExit } from '../arbiter/fleet/death.js'
import { inheritedFlags } from '../arbiter/node-flags.js'
import type { Identity } from '../machine/identity.js'
import type { Logger } from '../observe/logger.js'
import type { ArbiterHookName, ArbiterHooks } from './hooks.js'
import { isFromHooks, type ToHooks } from './messages.js'

/** Runs the arbiter's hooks of a config file. */
export interface HookProcess {
  has(hook: ArbiterHookName): boolean
  /** Runs a hook, if there is one. Gives its answer, or undefined when it failed or took too long; never rejects. */
  call<Hook extends ArbiterHookName>(
    hook: Hook,
    ...parameters: Parameters<NonNullable<ArbiterHooks[Hook]>>
  ): Promise<unknown>
  /** Waits for the hooks that run, at most for so many milliseconds, and ends the process. */
  close(within: number): Promise<void>
}

/** By then a process whose event loop turns has answered, in milliseconds. */
const answerTime = 1_000

const program = fileURLToPath(new URL('./runner.js', import.meta.url))

/**
 * The process for these hooks, started with the first call; one that ends is started again for the next.
 * A hook that fails or is late is logged, and so is a process that stands still, which is killed.
 *
 * @param options.patience - how long a hook may take, in milliseconds
 */
export function createHookProcess(options: {
  path: string
  hooks: readonly ArbiterHookName[]
  patience: number
  cwd: string
  identity: Identity
  log: Logger
  onOutput: (chunk: Buffer) => void
}): HookProcess {
  const { path, hooks, patience, cwd, identity, log, onOutput } = options
  interface Call {
    hook: ArbiterHookName
    settle: (result?: unknown) => void
  }
  const calls = new Map<number, Call>()
  let nextId = 1
  let current: ChildProcess | undefined
  let stillness: NodeJS.Timeout | undefined

  function start(): ChildProcess {
    const child = spawn(process.execPath, [...inheritedFlags(), program], {
      cwd,
      env: plainEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C in a terminal is for the arbiter alone.
      detached: true,
    })
    child.stdout?.on('data', onOutput)
    child.stderr?.on('data', onOutput)
    child.on('message', (message: unknown) => {
      if (!isFromHooks(message)) return
      if (message.type === 'pong') clearTimeout(stillness)
      else if (message.type === 'done') calls.get(message.id)?.settle(message.result)
      else fail(message.id, `failed: ${message.problem}`)
    })
    child.on('error', (error) => lost(child, error.message))
    child.once('exit', (code, signal) => lost(child, describeExit({ code, signal, outOfMemory: false })))
    tell(child, { type: 'load', path, identity })
    return child
  }

  function tell(child: ChildProcess, order: ToHooks): void {
    if (child.connected) child.send(order, () => {})
  }

  function fail(id: number, problem: string): void {
    const call = calls.get(id)
    if (!call) return
    log.error(`The hook ${call.hook} ${problem}`)
    call.settle()
  }

  function lost(child: ChildProcess, how: string): void {
    if (child !== current) return
    current = undefined
    clearTimeout(stillness)
    log.error(`The hook process has ended (${how}); the next hook starts another.`)
    for (const id of [...calls.keys()]) fail(id, 'ended with its process.')
  }

  /** A hook that awaits for ever keeps nobody from anything; one that loops keeps all others from running. */
  function examine(): void {
    const child = current
    if (!child) return
    clearTimeout(stillness)
    stillness = setTimeout(() => child.kill('SIGKILL'), answerTime)
    tell(child, { type: 'ping' })
  }

  return {
    has: (hook) => hooks.includes(hook),
    call(hook, ...parameters) {
      if (!hooks.includes(hook)) return Promise.resolve(undefined)
      current ??= start()
      const child = current
      const id = nextId++
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          fail(id, `did not end within ${patience / 1000} s and is not waited for.`)
          examine()
        }, patience)
        calls.set(id, {
          hook,
          settle(result) {
            clearTimeout(timer)
            calls.delete(id)
            resolve(result)
          },
        })
        tell(child, { type: 'call', id, hook, parameters })
      })
    },
    async close(within) {
      const until = performance.now() + within
      while (calls.size > 0 && performance.now() < until) await delay(20)
      const child = current
      current = undefined
      clearTimeout(stillness)
      for (const { settle } of [...calls.values()]) settle()
      if (!child?.kill('SIGKILL')) return
      await Promise.race([once(child, 'exit'), delay(answerTime, undefined, { ref: false })])
    },
  }
}
