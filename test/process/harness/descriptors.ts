import { readdirSync, readlinkSync } from 'node:fs'

/** What the descriptors of a process lead to, sorted: files by name, the others by their kind. */
export function descriptorKinds(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder)
    .map((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`).replace(/:\[\d+\]$/, '')
      } catch {
        // Closed since the folder was read.
        return ''
      }
    })
    .filter(Boolean)
    .sort()
}
