import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Clients, connectClients } from './clients.js'

/** A way to serve the benchmark's app. */
export interface Contender {
  name: string
  /** The arguments of Node. */
  command: readonly string[]
}

/** A contender that serves. */
export interface Running {
  clients: Clients
  /** Microseconds of processor time that its processes have taken. */
  processorTime(): number
  stop(): Promise<void>
}

const folder = fileURLToPath(new URL('../../../bench/overhead/', import.meta.url))
const program = fileURLToPath(new URL('../../../bin/nworkers.js', import.meta.url))
const startDeadline = 30_000

/** Bare Node. */
export const bare: Contender = { name: 'bare node', command: ['app.mjs'] }

/** One worker of nworkers. */
export function nworkers(name: string, flags: readonly string[] = []): Contender {
  return { name, command: [program, '-w', '1', '-b', '127.0.0.1:0', ...flags, './app.mjs'] }
}

export async function start({ name, command }: Contender, connections: number): Promise<Running> {
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const port = await portOf(child, name)
  const clients = await connectClients(port, connections)
  const pids = [child.pid ?? 0, ...childrenOf(child.pid ?? 0)]
  return {
    clients,
    processorTime: () => pids.reduce((sum, pid) => sum + processorTime(pid), 0),
    async stop() {
      clients.close()
      child.kill('SIGINT')
      await exited
    },
  }
}

function portOf(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`${name} does not serve: ${text}`)), startDeadline)
    const look = (chunk: Buffer) => {
      text += chunk
      const port = /port (\d+)/.exec(text) ?? (/Ready: /.test(text) && /127\.0\.0\.1:(\d+)/.exec(text))
      if (!port) return
      clearTimeout(timer)
      resolve(Number(port[1]))
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
  })
}

function childrenOf(pid: number): number[] {
  return tasks(pid).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  )
}

/** All threads; the scheduler counts in nanoseconds. */
function processorTime(pid: number): number {
  return tasks(pid).reduce(
    (sum, task) =>
      sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    0,
  )
}

function tasks(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`)
}
