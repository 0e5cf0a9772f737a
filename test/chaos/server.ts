import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'
import { recordOutput } from '../process/harness/output.js'
import { poll, within } from '../process/harness/poll.js'
import { isAlive, pidsWithEnvironment, signalProcess } from '../process/harness/processes.js'
import { clockOffset } from './clock.js'
import { createStory, type LogLine, type Story } from './story.js'

export interface Server {
  pid: number
  port: number
  /** What the log has told until now. */
  story(): Story
  log(): readonly LogLine[]
  signal(signal: NodeJS.Signals): void
  /** Open descriptors of the arbiter; undefined where the system does not tell. */
  descriptors(): number | undefined
  /** How the arbiter ended: its exit code, or the signal that ended it. */
  exit: Promise<number | NodeJS.Signals | null>
  hasExited(): boolean
  /** Every process of this server that still runs. */
  processes(): number[]
  /** Ends what still runs, by force if need be; gives what needed force. */
  dispose(): Promise<number[]>
}

const binary = path.join(projectFolder, 'bin/nworkers.js')
const tokenName = 'CHAOS_SERVER'
const hasProc = existsSync('/proc/self/environ')

/** Starts the real command and waits until its first generation is ready. */
export async function startServer(options: {
  node: string
  args: readonly string[]
  env: Record<string, string>
  workers: number
}): Promise<Server> {
  const token = randomUUID()
  const child = spawn(options.node, [binary, ...options.args], {
    cwd: projectFolder,
    env: { ...plainEnvironment(), ...options.env, [tokenName]: token },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const { pid } = child
  child.on('error', () => {})
  if (pid === undefined) throw new Error(`Cannot start ${options.node}`)
  const output = recordOutput(child.stderr)
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => {
      const settle = () => resolve(signal ?? code)
      within(output.ended, { deadline: 1_000, what: 'the output ends' }).then(settle, settle)
    })
  })

  const story = createStory()
  const lines: LogLine[] = []
  const read = () => {
    for (const { at, text } of output.lines().slice(lines.length)) {
      const line = { at: at + clockOffset, text }
      lines.push(line)
      story.take(line)
    }
  }
  /** Only whom the log does not tell to have gone: in a long run the others' pids belong to strangers by now. */
  const toldToRun = () => {
    const pids = server
      .story()
      .alive()
      .map((worker) => worker.pid)
    return (server.hasExited() ? pids : [pid, ...pids]).filter(isAlive)
  }
  const server: Server = {
    pid,
    port: 0,
    story() {
      read()
      return story
    },
    log() {
      read()
      return lines
    },
    signal: (signal) => signalProcess(pid, signal),
    descriptors: () => countDescriptors(pid),
    exit,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    processes: () => (hasProc ? pidsWithEnvironment(tokenName, token) : toldToRun()),
    dispose: () => dispose(server),
  }
  try {
    const ready = `Ready: generation 1, ${options.workers} workers`
    await poll(() => server.hasExited() || output.text().includes(ready), { deadline: 60_000, what: ready })
    server.port = Number(/Listening at: http:\/\/\S+:(\d+)/.exec(output.text())?.[1])
    if (server.hasExited() || !server.port) throw new Error('the server did not start')
    return server
  } catch (error) {
    await server.dispose()
    throw new Error(`${String(error)}\n${output.text()}`, { cause: error })
  }
}

async function dispose(server: Server): Promise<number[]> {
  const gone = (deadline: number) =>
    poll(() => server.processes().length === 0, { deadline, what: 'the server has ended' }).catch(() => {})
  if (!server.hasExited()) {
    server.signal('SIGTERM')
    server.signal('SIGINT')
  }
  await gone(10_000)
  const left = server.processes()
  for (const pid of left) signalProcess(pid, 'SIGKILL')
  if (left.length > 0) await gone(5_000)
  return left
}

function countDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}

/** The environment without what would set the server's settings. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(NWORKERS_|NODE_|WEB_CONCURRENCY$|PORT$|NOTIFY_SOCKET$|LISTEN_)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}
