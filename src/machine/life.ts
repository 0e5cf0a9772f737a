import { readFileSync } from 'node:fs'

/**
 * What tells a process from any other that has its pid: `PID STARTTIME` (`PID` where there is no `/proc`). Undefined for
 * one that has ended, also where nobody has reaped it.
 */
export function lifeOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the fields after the name, which ends at the last parenthesis, start with 3, the state; 22 is the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]}`
  } catch {
    return `${pid}`
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
