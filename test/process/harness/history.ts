import type { Server } from './server.js'

/** What the log tells of a worker, in the order of its lines; `asked` needs `--log-level debug`. */
export interface LogEvent {
  what: 'booting' | 'asked to leave' | 'exited'
  pid: number
  slot: number
}

const patterns = [
  ['booting', /Booting worker with pid: (\d+) \(slot (\d+)\)/],
  ['asked to leave', /Worker (\d+) \(slot (\d+)\) is asked to leave/],
  ['exited', /Worker (\d+) \(slot (\d+)\) exited/],
] as const

/** The lives of the workers, as the log tells them. */
export function history(server: Server): LogEvent[] {
  return server.lines().flatMap(({ text }) => {
    for (const [what, pattern] of patterns) {
      const [, pid, slot] = pattern.exec(text) ?? []
      if (pid !== undefined && slot !== undefined) return [{ what, pid: Number(pid), slot: Number(slot) }]
    }
    return []
  })
}

/** The most workers that the log has told of at once, those left out that were asked to leave. */
export function mostAtOnce(events: readonly LogEvent[]): number {
  const present = new Set<number>()
  let most = 0
  for (const { what, pid } of events) {
    if (what === 'booting') present.add(pid)
    else present.delete(pid)
    most = Math.max(most, present.size)
  }
  return most
}
