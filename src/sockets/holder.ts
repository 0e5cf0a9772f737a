import { readdir, readFile, readlink } from 'node:fs/promises'
import { SocketAddress } from 'node:net'
import type { ListenAddress } from './address.js'
import { isIPv6 } from './ip.js'

/** A process that holds a listening socket. */
export interface Holder {
  pid: number
  /** The name of its program, as the kernel knows it. */
  name: string
}

/** State LISTEN in `/proc/net/tcp`. */
const listening = '0A'

/**
 * The process that holds this address, the topmost one where several share it.
 * Undefined where it can't be known: not on Linux, or the process belongs to another user.
 */
export async function findHolder(address: ListenAddress): Promise<Holder | undefined> {
  const inodes = address.kind === 'tcp' ? await tcpInodes(address) : await unixInodes(address.path)
  if (inodes.size === 0) return undefined
  const holders = await processesWith(inodes)
  const parents = await Promise.all(holders.map(parentOf))
  const pid = holders.find((_, index) => !holders.includes(parents[index] ?? 0))
  return pid === undefined ? undefined : { pid, name: await nameOf(pid) }
}

async function tcpInodes(address: { host: string; port: number }): Promise<Set<string>> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await lines(table)).slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [hex = '', port = ''] = local.split(':')
      if (state !== listening || Number.parseInt(port, 16) !== address.port) continue
      if (collide(addressOf(hex), address.host)) inodes.add(inode)
    }
  }
  return inodes
}

function collide(held: string, wanted: string): boolean {
  const any = ['0.0.0.0', '::']
  return held === wanted || any.includes(held) || any.includes(wanted)
}

/** `/proc/net/tcp` writes an address as 32-bit words in the byte order of the machine; Linux's common ones are little-endian. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse())
  if (bytes.length === 4) return bytes.join('.')
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g)?.join(':') ?? ''
  return isIPv6(groups) ? new SocketAddress({ address: groups, family: 'ipv6' }).address : groups
}

async function unixInodes(path: string): Promise<Set<string>> {
  const inodes = new Set<string>()
  for (const line of await lines('/proc/net/unix')) {
    const [, , , , , , inode = '', ...name] = line.trim().split(/\s+/)
    if (name.join(' ') === path) inodes.add(inode)
  }
  return inodes
}

async function processesWith(inodes: Set<string>): Promise<number[]> {
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`))
  const found: number[] = []
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue
    const folder = `/proc/${entry}/fd`
    for (const fd of await readdir(folder).catch(() => [])) {
      if (!links.has(await readlink(`${folder}/${fd}`).catch(() => ''))) continue
      found.push(Number(entry))
      break
    }
  }
  return found
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The program's name stands in parentheses and may itself hold any character.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
}

async function lines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
}
