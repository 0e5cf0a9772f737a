import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

/** An assignment of sd_notify(3). Times are microseconds. */
export type Assignment =
  | 'READY=1'
  | 'RELOADING=1'
  | 'STOPPING=1'
  | 'WATCHDOG=1'
  | `STATUS=${string}`
  | `MONOTONIC_USEC=${bigint}`
  | `EXTEND_TIMEOUT_USEC=${number}`
  | `MAINPID=${number}`

/** Tells systemd about the state of the service. */
export interface Notifier {
  /** Resolves with whether systemd has the message, or can't get it. Messages arrive in the order of the calls. */
  send(...assignments: readonly Assignment[]): Promise<boolean>
}

/** A message must be delivered within this many milliseconds. */
const sendTimeout = 2_000

/** The notifier for this `NOTIFY_SOCKET`; the first failure is told to `onFailure`, and none is thrown. */
export function createNotifier(address: string, onFailure: (text: string) => void): Notifier {
  let failed = false
  let last = Promise.resolve(true)

  async function deliver(assignments: readonly string[]): Promise<boolean> {
    // A line end would begin an assignment of its own.
    const lines = assignments.map((assignment) => assignment.replaceAll(/\p{Cc}+/gu, ' '))
    try {
      // An abstract socket is beyond node-unix-socket.
      if (address.startsWith('@')) await runCommand(address, lines)
      else await sendDatagram(address, lines.join('\n')).catch(() => runCommand(address, lines))
      return true
    } catch (error) {
      if (!failed) onFailure(`systemd could not be notified: ${String(error)}`)
      failed = true
      return false
    }
  }

  return {
    send(...assignments) {
      last = last.then(() => deliver(assignments))
      return last
    },
  }
}

/** What is used of node-unix-socket, which is there only if the user installed it. */
interface DatagramModule {
  DgramSocket: new () => {
    sendTo(bytes: Buffer, offset: number, length: number, path: string, sent: (error?: Error) => void): void
    close(): void
  }
}

/** Node has no datagram sockets of the Unix family; an optional package does. */
const datagramModule: string = 'node-unix-socket'

async function sendDatagram(address: string, text: string): Promise<void> {
  // Not import(): on Node 22 that gave this module without its exports, in an arbiter and not in a small program.
  const { DgramSocket }: DatagramModule = createRequire(import.meta.url)(datagramModule)
  const socket = new DgramSocket()
  const bytes = Buffer.from(text)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the notify socket took no message')), sendTimeout)
    socket.sendTo(bytes, 0, bytes.length, address, (error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  }).finally(() => socket.close())
}

/** Its messages come from another process, so the unit needs `NotifyAccess=all`. */
async function runCommand(address: string, lines: string[]): Promise<void> {
  const child = spawn('systemd-notify', lines, {
    env: { ...process.env, NOTIFY_SOCKET: address },
    stdio: 'ignore',
    timeout: sendTimeout,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`systemd-notify failed (${code})`)),
    )
  })
}
