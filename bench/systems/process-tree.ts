import { readdirSync, readFileSync } from 'node:fs'

/** A process and all its descendants. */
export function processTree(root: number): number[] {
  return [root, ...children(root).flatMap(processTree)]
}

/** The processes that this one has started, by any of its threads. */
export function children(pid: number): number[] {
  return threads(pid).flatMap((thread) => read(`${thread}/children`).split(' ').filter(Boolean).map(Number))
}

/**
 * CPU time in milliseconds that these processes have used so far, of all their threads, to the nanosecond: other work on
 * the machine changes it far less than it changes any time of the clock.
 */
export function cpuTime(pids: readonly number[]): number {
  return pids
    .flatMap(threads)
    .reduce((sum, thread) => sum + Number(read(`${thread}/schedstat`).split(' ')[0]) / 1e6, 0)
}

/** Proportional memory of these processes in bytes: what they share is counted once. */
export function proportionalSize(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kilobytes = /^Pss: +(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1]
    return sum + Number(kilobytes ?? 0) * 1024
  }, 0)
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`)
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
