import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type CgroupDirectory, cgroupDirectories, readText } from '../machine/cgroup.js'

/** Where the kernel's files are and what the scheduler allows. */
export interface Machine {
  /** The root of the file system. */
  root?: string
  /** CPUs this process may run on. */
  affinity?: number
}

/** CPUs this process may use, rounded down, at least 1: the smaller of its affinity and its cgroup's quota. */
export function availableCpus({ root = '/', affinity = availableParallelism() }: Machine = {}): number {
  return Math.max(1, Math.floor(Math.min(affinity, cpuQuota(root))))
}

/** The tightest CPU quota in CPUs, over all ancestors of this process's cgroups; infinite without one. */
function cpuQuota(root: string): number {
  return Math.min(Number.POSITIVE_INFINITY, ...cgroupDirectories('cpu', root).map(quotaOf))
}

function quotaOf({ version, path }: CgroupDirectory): number {
  const [quota, period] =
    version === 2
      ? readText(join(path, 'cpu.max')).trim().split(' ')
      : [readText(join(path, 'cpu.cfs_quota_us')), readText(join(path, 'cpu.cfs_period_us'))]
  const cpus = Number(quota) / Number(period)
  // No quota is `max` in version 2 and -1 in version 1.
  return cpus > 0 ? cpus : Number.POSITIVE_INFINITY
}
