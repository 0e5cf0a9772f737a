import { execFile } from 'node:child_process'
import { fstatSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { readText } from '../machine/cgroup.js'
import type { ListenAddress } from './address.js'
import { isIPv6 } from './ip.js'

/** Tells how many connections wait in the kernel's queue of a listening socket; undefined where that can't be known. */
export type ReadQueueLength = () => Promise<number | undefined>

/** `ss` must have answered by then, in milliseconds. */
const patience = 1_000

/** State LISTEN in `/proc/net/tcp`. */
const listening = '0A'

/** Holds some ten lines of the table: the sockets that listen fill few of these. */
const pageSize = 4_096

/** A way to look at the queue of a socket that is bound there, also when this copy of it is closed. Linux alone tells. */
export function queueLengthReader(fd: number, address: ListenAddress): ReadQueueLength {
  if (process.platform !== 'linux') return async () => undefined
  const inode = String(fstatSync(fd).ino)
  if (address.kind === 'unix') return () => askSs(inode)
  const table = isIPv6(address.host) ? '/proc/net/tcp6' : '/proc/net/tcp'
  return () => findInTable(table, inode)
}

/** What the kernel makes of a backlog; listen(2). */
export function effectiveBacklog(backlog: number): number {
  const most = Number(readText('/proc/sys/net/core/somaxconn')) || backlog
  return Math.min(backlog, most)
}

/**
 * The kernel writes the sockets that listen before all others, and makes only as much of the table as is read: so the
 * reading ends there, and costs the same with ten connections and with a hundred thousand. For a socket that listens the
 * second number of `tx_queue:rx_queue` is the length of its queue; see proc_net_tcp.txt of the kernel.
 */
async function findInTable(table: string, inode: string): Promise<number | undefined> {
  let file: FileHandle | undefined
  try {
    // Loaded at the first look: a start has no need of it.
    const { open } = await import('node:fs/promises')
    file = await open(table)
    const page = Buffer.alloc(pageSize)
    for (let text = ''; ; ) {
      const { bytesRead } = await file.read(page, 0, pageSize)
      text += page.toString('latin1', 0, bytesRead)
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const [, , , state, queues = '', , , , , ino] = line.trim().split(/\s+/)
        if (state === 'st') continue
        if (state !== listening) return undefined
        if (ino === inode) return Number.parseInt(queues.split(':')[1] ?? '', 16)
      }
      if (bytesRead === 0) return undefined
    }
  } catch {
    return undefined
  } finally {
    await file?.close()
  }
}

/** No file tells it of a unix socket; `ss` asks the kernel by netlink, which Node can't. */
async function askSs(inode: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ss', ['-xlnH'], { timeout: patience })
    for (const line of stdout.split('\n')) {
      const fields = line.trim().split(/\s+/)
      // Its place is not fixed: the path before it may have spaces.
      if (fields.slice(4).includes(inode)) return Number(fields[2])
    }
  } catch {}
  return undefined
}
