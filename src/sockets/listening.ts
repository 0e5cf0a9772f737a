import { fstatSync, readFileSync, type Stats } from 'node:fs'

/** State LISTEN in `/proc/net/tcp`, and the flag in `/proc/net/unix` that says the same. */
const tcpListen = '0A'
const unixListen = 0x10000

/** Whether a descriptor is a socket that listens for connections; for a unix socket also its path. */
export function inspectDescriptor(fd: number): { listens: boolean; path?: string } {
  const stats = statOf(fd)
  if (!stats?.isSocket()) return { listens: false }
  const inode = String(stats.ino)
  const isTcp = ['tcp', 'tcp6'].some((table) =>
    rows(table).some(({ 3: state, 9: socket }) => socket === inode && state === tcpListen),
  )
  if (isTcp) return { listens: true }
  const row = rows('unix').find(
    ({ 3: flags = '', 6: socket }) => socket === inode && (Number.parseInt(flags, 16) & unixListen) !== 0,
  )
  return row ? { listens: true, path: row.slice(7).join(' ') } : { listens: false }
}

function statOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd)
  } catch {
    return undefined
  }
}

/** By way of `self`, since a service may see the folders of processes alone. */
function rows(table: string): string[][] {
  try {
    const [, ...lines] = readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n')
    return lines.map((line) => line.trim().split(/\s+/))
  } catch {
    return []
  }
}
