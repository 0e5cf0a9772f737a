import { privateMemory } from './memory.js'

/** What the system says of a process. */
export interface Usage {
  /** In CPUs since the last look, or since it started: 1 is one whole CPU. */
  cpu: number | undefined
  /** Memory that it has for itself; all that is resident where the system tells no more. */
  privateBytes: number | undefined
}

/** Looks at these processes. One that has gone has no entry. */
export async function readUsage(pids: readonly number[]): Promise<Map<number, Usage>> {
  const { default: pidusage } = await import('pidusage')
  const looks = pids.map(async (pid): Promise<[number, Usage]> => {
    const { cpu, memory } = await pidusage(pid)
    return [pid, { cpu: cpu / 100, privateBytes: privateMemory(pid) ?? memory }]
  })
  const found = await Promise.allSettled(looks)
  return new Map(found.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : [])))
}
