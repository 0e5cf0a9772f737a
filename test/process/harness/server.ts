import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { probeApp, projectFolder } from './application.js'
import { within } from './poll.js'
import { type Exit, observeServer, type Server, stopServer, tokenName } from './server-process.js'

export type { Server } from './server-process.js'

declare module 'node:test' {
  interface TestContext {
    /** In Node since 20.12. */
    readonly passed: boolean
  }
}

export interface ServerOptions {
  /** The app specifier. The probe by default; null gives none. */
  app?: string | null
  args?: string[]
  env?: Record<string, string>
  cwd?: string
  /** The Node that runs it, where a test needs another one than the runner's. */
  node?: string
  /** Wait for the first generation to be ready. */
  waitForReady?: boolean
  /** Milliseconds until the server must be ready. */
  deadline?: number
  /** The command to put before `node nworkers.js`, such as one that drops privileges. */
  prefix?: string[]
  /** The descriptor that is its stdout. A socket of the test by default. */
  output?: number
  /** Give no `--bind`: the addresses come from elsewhere. */
  withoutBind?: boolean
  /** The script that is run, where it is not the checkout's. */
  script?: string
  /** Where the arbiter's stderr goes, and from where the test reads it. A socket of the test by default. */
  errorOutput?: { descriptor: number; source: Readable }
}

const script = path.join(projectFolder, 'bin/nworkers.js')

/** The Node that runs the server: the one of the tests, or the one that the runner's matrix gives. */
export const serverNode = process.env.NWORKERS_TEST_NODE ?? process.execPath

/**
 * Starts the real command on a port of the kernel's choice and waits until it is ready. After the test it is stopped;
 * a process of it that outlives that fails the test, and a failed test prints the server's whole log.
 */
export async function startServer(t: TestContext, options: ServerOptions = {}): Promise<Server> {
  const server = spawnServer(t, options)
  if (options.waitForReady === false) return server
  const deadline = options.deadline ?? 30_000
  await server.waitForLog(/Ready: generation 1, \d+ workers?/, { deadline })
  return server
}

/** Starts the real command and waits for its end: for the cases that are refused. */
export async function runServer(
  t: TestContext,
  options: ServerOptions = {},
): Promise<Exit & { log: string; stdout: string; server: Server }> {
  const server = spawnServer(t, options)
  const exit = await ended(server, options.deadline)
  return { ...exit, log: server.log(), stdout: server.stdout(), server }
}

/** How the server ended, once it has. None of its workers may be left by then. */
export async function ended(server: Server, deadline = 30_000): Promise<Exit> {
  const { code, signal, outlivedBy } = await within(server.exit, { deadline, what: 'the server ends' })
  assert.deepEqual(outlivedBy, [], `the arbiter ends (${code ?? signal}) after its workers`)
  return { code, signal }
}

function spawnServer(t: TestContext, options: ServerOptions): Server {
  const token = randomUUID()
  const args = options.args ?? []
  const app = options.app === undefined ? probeApp : options.app
  const node = options.node ?? serverNode
  const command = [...(options.prefix ?? []), node, options.script ?? script]
  const isBound = options.withoutBind || args.some((arg) => arg === '-b' || arg.startsWith('--bind'))
  if (!isBound) command.push('-b', '127.0.0.1:0')
  command.push(...args, ...(app === null ? [] : [app]))

  const [file = node, ...rest] = command
  const child = spawn(file, rest, {
    cwd: options.cwd ?? projectFolder,
    env: { ...plainEnvironment(), [tokenName]: token, ...options.env },
    stdio: ['ignore', options.output ?? 'pipe', options.errorOutput?.descriptor ?? 'pipe'],
  })
  const server = observeServer(child, token, options.errorOutput?.source ?? child.stderr)
  t.after(async () => {
    const leftBehind = await stopServer(server)
    if (!t.passed || leftBehind.length > 0) printLog(t, server, command)
    if (leftBehind.length > 0) throw new Error(`Processes outlived the server: ${leftBehind.join(', ')}`)
  })
  return server
}

/** The environment without what would set the server's settings. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(NWORKERS_|NODE_|WEB_CONCURRENCY$|PORT$|NOTIFY_SOCKET$|LISTEN_)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

function printLog(t: TestContext, server: Server, command: string[]): void {
  const shown = [`--- ${t.name}: ${command.join(' ')}`, server.log().trimEnd()]
  if (server.stdout()) shown.push('--- its stdout', server.stdout().trimEnd())
  console.error(`${shown.join('\n')}\n---`)
}
