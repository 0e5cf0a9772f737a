import { join } from 'node:path'
import { type CgroupDirectory, cgroupDirectories, readText } from './cgroup.js'

/** Version 1 says "no limit" by a number near the largest that fits. */
const unlimited = 2 ** 60

/** The tightest memory limit of this process's cgroups in bytes; undefined without one. */
export function memoryLimit(root = '/'): number | undefined {
  const limits = cgroupDirectories('memory', root).flatMap(({ version, path }) => {
    const text = readText(join(path, version === 2 ? 'memory.max' : 'memory.limit_in_bytes')).trim()
    return /^\d+$/.test(text) && Number(text) < unlimited ? [Number(text)] : []
  })
  return limits.length === 0 ? undefined : Math.min(...limits)
}

/**
 * The way to see how many processes of this process's own cgroup the kernel has killed for want of memory so far. Where
 * that is written is found once, since it is asked when a worker has died and another is to be started. Ancestors are
 * left out: they count what happens to strangers too.
 */
export function createKillCounter(root = '/'): () => number {
  const own = cgroupDirectories('memory', root).find((directory) => killsOf(directory) !== undefined)
  return () => (own && killsOf(own)) ?? 0
}

/** Both files have a line `oom_kill N`; see cgroups(7) and the kernel's cgroup-v2 manual. */
function killsOf({ version, path }: CgroupDirectory): number | undefined {
  const text = readText(join(path, version === 2 ? 'memory.events' : 'memory.oom_control'))
  const kills = /^oom_kill (\d+)$/m.exec(text)?.[1]
  return kills === undefined ? undefined : Number(kills)
}

/**
 * The memory that a process has for itself, in bytes: resident less shared, see proc_pid_statm(5).
 * Pages of the program and of mapped model files are shared by all workers and would be counted for each.
 * @returns undefined where `/proc` does not tell
 */
export function privateMemory(pid: number): number | undefined {
  const [, resident, shared] = readText(`/proc/${pid}/statm`).split(' ')
  if (resident === undefined || shared === undefined) return undefined
  return (Number(resident) - Number(shared)) * pageSize
}

/** Node does not tell the page size; Linux has 4 KiB pages on the platforms that Node is built for, bar a few. */
const pageSize = 4096
