import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { proportionalSize, sizeAlone } from './memory.js'

/** A way to serve: programs of one service, and what their environment has more. */
export interface Stack {
  name: string
  commands: string[][]
  environment: Record<string, string>
}

/** A stack that serves. */
export interface Service {
  /** Milliseconds from the start to the first right answer. */
  startTime: number
  /** Proportional memory of all its processes, in bytes: shared pages are counted once. */
  memory(): number
  /** What they would take on a machine of their own, in bytes. */
  memoryAlone(): number
  /** Processor time that all its processes have taken, in milliseconds: other work on the machine changes it little. */
  processorTime(): number
  stop(): Promise<void>
}

/** The request whose answer tells that a stack serves. */
export interface FirstRequest {
  url: string
  type: string
  body: string | Buffer<ArrayBuffer>
}

const startDeadline = 60_000

/** Starts a stack and waits for its first answer. */
export async function startService(
  stack: Stack,
  folder: string,
  firstRequest: FirstRequest,
): Promise<Service> {
  const started = performance.now()
  const children = stack.commands.map(([file = '', ...args]) =>
    spawn(file, args, {
      cwd: folder,
      env: { ...process.env, ...stack.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  )
  let log = ''
  for (const child of children) child.stderr?.on('data', (text) => (log += text))
  while (!(await answers(firstRequest))) {
    const ended = children.some(({ exitCode }) => exitCode !== null)
    if (ended || performance.now() - started > startDeadline) {
      await stop(children)
      throw new Error(`${stack.name} does not answer. It says:\n${log}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    startTime: performance.now() - started,
    memory: () => proportionalSize(processesOf(children)),
    memoryAlone: () => sizeAlone(processesOf(children)),
    processorTime: () => processesOf(children).reduce((sum, pid) => sum + processorTime(pid), 0),
    stop: () => stop(children),
  }
}

async function answers({ url, type, body }: FirstRequest): Promise<boolean> {
  const headers = { 'content-type': type, connection: 'close' }
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
  await response?.arrayBuffer().catch(() => undefined)
  return response?.status === 200
}

async function stop(children: ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const deadline = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await exited
    clearTimeout(deadline)
  }
}

function processesOf(children: ChildProcess[]): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  )
  const roots = new Set(children.map(({ pid }) => pid))
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && (roots.has(pid) || belongs(parents.get(pid)))
  return [...parents.keys()].filter(belongs)
}

function parentOf(pid: string): number | undefined {
  return Number(statFields(pid)[1]) || undefined
}

/** The kernel counts in hundredths of a second. */
function processorTime(pid: number): number {
  const [user, system] = statFields(pid).slice(11, 13)
  return (Number(user ?? 0) + Number(system ?? 0)) * 10
}

/** The fields of `/proc/PID/stat` after the command's name. */
function statFields(pid: number | string): string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
