import { readdirSync, readFileSync } from 'node:fs'

/** The children of this process that have ended and were never waited for; see proc_pid_stat(5). */
export function zombiesOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return state === 'Z' && Number(ppid) === parent
      } catch {
        return false
      }
    })
}
