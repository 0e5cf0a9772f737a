import { readdirSync, statSync } from 'node:fs'
import { readText } from '../machine/cgroup.js'

/** How many file descriptors this process may have; infinity where the system does not tell. */
export function descriptorLimit(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readText('/proc/self/limits'))?.[1]
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
}

/** How many file descriptors this process has open; 0 where the system does not tell. */
export function openDescriptors(): number {
  try {
    // Since Linux 6.2 the directory's size is the number of its entries (proc_pid_fd(5)), which spares reading them.
    return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

/** Milliseconds between two looks. */
const lookEvery = 1_000

/** With this share of the descriptors in use the process is about to fail at whatever it does next. */
const exhaustedShare = 0.95

/** Tells once when the process runs out of descriptors. Connections alone do not bring it there; an app that leaks does. */
export function watchDescriptors(onExhausted: (limit: number) => void, limit = descriptorLimit()): void {
  if (limit === Number.POSITIVE_INFINITY) return
  const timer = setInterval(() => {
    if (openDescriptors() < limit * exhaustedShare) return
    clearInterval(timer)
    onExhausted(limit)
  }, lookEvery)
  timer.unref()
}
