import { spawn } from 'node:child_process'

/** Tells systemd about the state of the service; without `NOTIFY_SOCKET` nothing happens. */
export interface Notifier {
  /** Lines of `sd_notify(3)`, such as `READY=1`. */
  send(...lines: string[]): Promise<void>
}

/** `systemd-notify` must have come and gone within this many milliseconds. */
const commandTimeout = 2_000

/** The notifier for this environment; failures are told to `onFailure` once and never thrown. */
export function createNotifier(environment: NodeJS.ProcessEnv, onFailure: (text: string) => void): Notifier {
  const address = environment.NOTIFY_SOCKET
  if (!address) return { async send() {} }
  let failed = false
  return {
    async send(...lines) {
      try {
        await sendDatagram(address, lines.join('\n')).catch(() => runCommand(address, lines))
      } catch (error) {
        if (!failed) onFailure(`systemd could not be notified: ${String(error)}`)
        failed = true
      }
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

const datagramModule: string = 'node-unix-socket'

/** Node has no datagram sockets of the Unix family; an optional package does. */
async function sendDatagram(address: string, text: string): Promise<void> {
  const { DgramSocket }: DatagramModule = await import(datagramModule)
  const socket = new DgramSocket()
  const path = address.startsWith('@') ? `\0${address.slice(1)}` : address
  const bytes = Buffer.from(text)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the notify socket did not take the message')), 1_000)
    socket.sendTo(bytes, 0, bytes.length, path, (error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  }).finally(() => socket.close())
}

/** Its messages come from another process, so the unit needs `NotifyAccess=all`. */
async function runCommand(address: string, lines: string[]): Promise<void> {
  const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...lines], {
    env: { ...process.env, NOTIFY_SOCKET: address },
    stdio: 'ignore',
    timeout: commandTimeout,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`systemd-notify failed (${code})`)),
    )
  })
}
