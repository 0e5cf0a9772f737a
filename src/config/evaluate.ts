import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { plainEnvironment } from '../arbiter/environment.js'
import { describeExit } from '../arbiter/fleet/death.js'
import { inheritedFlags } from '../arbiter/node-flags.js'
import { createError } from '../errors.js'
import type { Identity } from '../machine/identity.js'
import { type Entry, type EvaluateMessage, isEvaluation } from './messages.js'

/** What the evaluation of a config file needs from around it. */
export interface Evaluation {
  /** Where it runs. Absolute. */
  cwd: string
  /** Who it runs as. */
  identity: Identity
  /** Takes what the file prints. */
  onOutput: (chunk: Buffer) => void
  /** Ends it. */
  stop?: AbortSignal | undefined
}

/** How long a config file may take, in milliseconds. */
const patience = 10_000

const program = fileURLToPath(new URL('./evaluator.js', import.meta.url))

/**
 * What a config file that is code exports, evaluated in a process of its own: it may loop, print and exit, and a module
 * that was imported once is never read again in the same process.
 * @throws NWORKERS_E_CONFIG when it throws, ends or takes longer than ten seconds
 */
export function evaluateConfig(
  path: string,
  { cwd, identity, onOutput, stop }: Evaluation,
): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...inheritedFlags(), program], {
      cwd,
      env: plainEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const settle = (end: () => void) => {
      clearTimeout(timer)
      stop?.removeEventListener('abort', abandon)
      child.kill('SIGKILL')
      end()
    }
    const refuse = (problem: string) => settle(() => reject(createError('NWORKERS_E_CONFIG', path, problem)))
    const abandon = () => refuse('it is not waited for, since nworkers stops.')
    const timer = setTimeout(() => refuse(`it was not evaluated within ${patience / 1000} s.`), patience)

    stop?.addEventListener('abort', abandon)
    child.stdout?.on('data', onOutput)
    child.stderr?.on('data', onOutput)
    child.on('error', (error) => refuse(`no process could be started for it (${error.message}).`))
    child.on('message', (message: unknown) => {
      if (!isEvaluation(message)) return
      if (message.type === 'evaluated') settle(() => resolve(message.entries))
      else refuse(message.problem)
    })
    // After its pipes have closed too, so that its last message and its last lines have come.
    child.once('close', (code, signal) => {
      const exit = describeExit({ code, signal, outOfMemory: false })
      refuse(`it ended its process (${exit}) before it had exported its settings.`)
    })
    const order: EvaluateMessage = { type: 'evaluate', path, identity }
    child.send(order, () => {})
  })
}
