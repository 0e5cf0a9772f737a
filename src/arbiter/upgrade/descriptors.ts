import type { StdioOptions } from 'node:child_process'

/** Where the sockets are in a new process. */
export interface Layout {
  readonly stdio: Exclude<StdioOptions, string | undefined>
  readonly bound: readonly { key: string; fd: number }[]
}

/**
 * Gives each socket its place: those that were passed keep their descriptors, since `--bind` may name them by number; then
 * follow the channel and the others.
 */
export function layOut(passed: readonly number[], bound: readonly { key: string; fd: number }[]): Layout {
  const stdio: Array<'inherit' | 'ignore' | 'ipc' | number> = ['inherit', 'inherit', 'inherit']
  for (const fd of passed) {
    // 'ignore' opens nothing beyond the first three.
    while (stdio.length <= fd) stdio.push('ignore')
    stdio[fd] = fd
  }
  stdio.push('ipc')
  const places = bound.map(({ key, fd }) => ({ key, fd: stdio.push(fd) - 1 }))
  return { stdio, bound: places }
}
