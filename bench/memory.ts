import { readFileSync } from 'node:fs'

/** What a mapping of `/proc/PID/smaps` takes, in bytes. */
interface Mapping {
  /** The mapped file; empty for memory without one. */
  file: string
  proportional: number
  /** Pages that this process has written. */
  written: number
  resident: number
}

/** The proportional memory of processes, in bytes: what is shared with whomever is divided among those who share it. */
export function proportionalSize(pids: number[]): number {
  return pids.flatMap(readMappings).reduce((sum, { proportional }) => sum + proportional, 0)
}

/**
 * What the processes would take on a machine of their own, in bytes: all that is written, and each file once. The
 * proportional size says less as soon as other programs run the same binary.
 */
export function sizeAlone(pids: number[]): number {
  const files = new Map<string, number>()
  let written = 0
  for (const pid of pids) {
    const clean = new Map<string, number>()
    for (const mapping of readMappings(pid)) {
      const { file, proportional, resident } = mapping
      // Without a file, pages are shared only with those that were forked from the same process.
      written += file === '' ? proportional : mapping.written
      if (file !== '') clean.set(file, (clean.get(file) ?? 0) + resident - mapping.written)
    }
    for (const [file, size] of clean) files.set(file, Math.max(files.get(file) ?? 0, size))
  }
  return [...files.values()].reduce((sum, size) => sum + size, written)
}

function readMappings(pid: number): Mapping[] {
  const mappings: Mapping[] = []
  let mapping: Mapping | undefined
  for (const line of read(`/proc/${pid}/smaps`).split('\n')) {
    const head = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ (\d+) *(.*)$/.exec(line)
    if (head) {
      const [, inode, name = ''] = head
      mapping = { file: inode === '0' ? '' : name, proportional: 0, written: 0, resident: 0 }
      mappings.push(mapping)
      continue
    }
    const [, field, kilobytes] = /^(Rss|Pss|Private_Dirty): +(\d+) kB/.exec(line) ?? []
    const bytes = Number(kilobytes) * 1024
    if (mapping === undefined || field === undefined) continue
    if (field === 'Rss') mapping.resident += bytes
    else if (field === 'Pss') mapping.proportional += bytes
    else mapping.written += bytes
  }
  return mappings
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
