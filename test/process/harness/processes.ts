import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Tells whether the process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return processState(pid) !== 'Z'
}

/** The fields of `/proc/PID/stat` after the command's name: state, parent, process group, session and so on. */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function processState(pid: number): string | undefined {
  return statFields(pid)[0]
}

/** The process group of a process; 0 when the process is gone. */
export function processGroup(pid: number): number {
  return Number(statFields(pid)[2] ?? 0)
}

/** The processes that this process has started and that still run; empty where there is no `/proc`. */
export function childrenOf(pid: number): number[] {
  return runningPids().filter((child) => {
    const [state, parent] = statFields(child)
    return Number(parent) === pid && state !== 'Z'
  })
}

/** The command line of a process as `ps` shows it: a process that set its title shows that. */
export function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
}

/** What a process inherited in this variable; undefined when it has none or is gone. */
export function variableOf(pid: number, name: string): string | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
  } catch {
    return undefined
  }
}

/** Every running process that inherited this variable with this value; empty where there is no `/proc`. */
export function pidsWithEnvironment(name: string, value: string): number[] {
  const entry = `${name}=${value}`
  return runningPids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry) && isAlive(pid)
    } catch {
      return false
    }
  })
}

/** Sends a signal; a process that has ended meanwhile is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  // To the system 0 is the whole group of the test itself.
  if (!(pid > 0)) throw new Error(`There is no process ${pid} to signal`)
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Whether processes can be looked up by more than their pid, which the system gives out again. */
export const hasProcessList = existsSync('/proc/self/environ')

function runningPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}
