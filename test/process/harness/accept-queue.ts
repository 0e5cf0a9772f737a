import { readFileSync } from 'node:fs'

/** State LISTEN in `/proc/net/tcp`. */
const listening = '0A'

/** How many connections wait in the kernel's queue of 127.0.0.1 and this port; undefined where the system does not tell. */
export function acceptQueue(port: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const [, local, , state, queues = ''] = line.trim().split(/\s+/)
    if (local === address && state === listening) return Number.parseInt(queues.split(':')[1] ?? '', 16)
  }
  return undefined
}
