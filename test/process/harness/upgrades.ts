import { poll } from './poll.js'
import { isAlive, signalProcess } from './processes.js'
import type { Server } from './server.js'

/** Has the arbiter start a new one, and gives its pid as soon as the log has it. */
export async function beginUpgrade(server: Server, arbiter = server.pid): Promise<number> {
  const after = server.mark()
  signalProcess(arbiter, 'SIGUSR2')
  const [, pid] = await server.waitForLog(/Upgrade: a new arbiter starts with pid: (\d+)/, { after })
  return Number(pid)
}

/** Has a new arbiter take over, waits until the old one has gone and gives the pid of the new one. */
export async function upgrade(server: Server, arbiter = server.pid, deadline = 60_000): Promise<number> {
  const successor = await beginUpgrade(server, arbiter)
  await takenOver(server, successor, deadline)
  await poll(() => !isAlive(arbiter), { deadline, what: 'the old arbiter has ended' })
  return successor
}

/** Waits until this new arbiter has taken over. */
export async function takenOver(server: Server, successor: number, deadline = 60_000): Promise<void> {
  await server.waitForLog(new RegExp(`\\[${successor}\\] \\[INFO\\] Upgrade: this arbiter has taken over`), {
    deadline,
  })
}

/** Waits for the verdict that an upgrade has failed, from this position in the log on, and gives the reason. */
export async function failedUpgrade(server: Server, after: number, deadline = 60_000): Promise<string> {
  const pattern =
    /Upgrade: (?:no new arbiter came up|the new arbiter \(pid \d+\) failed): (.*); this one stays/
  const [, reason = ''] = await server.waitForLog(pattern, { after, deadline })
  return reason
}
