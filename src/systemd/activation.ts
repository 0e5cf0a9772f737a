import type { PassedSocket } from '../sockets/inherited.js'

/** The first descriptor that systemd passes. */
const firstDescriptor = 3

/** What systemd calls a descriptor that has no name. */
const noName = 'unknown'

/** The sockets that systemd passed to this process: sd_listen_fds_with_names(3). */
export function passedSockets(environment: NodeJS.ProcessEnv, pid: number): PassedSocket[] {
  const { LISTEN_FDS = '', LISTEN_FDNAMES = '' } = environment
  if (!isMeant(environment, pid)) return []
  const names = LISTEN_FDNAMES.split(':')
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => ({
    fd: firstDescriptor + index,
    name: names[index] || noName,
  }))
}

/** The environment without what systemd said about sockets to another process, from which this one inherited it. */
export function ownEnvironment(environment: NodeJS.ProcessEnv, pid: number): NodeJS.ProcessEnv {
  if (isMeant(environment, pid)) return environment
  const { LISTEN_FDS: _, ...own } = environment
  return own
}

function isMeant({ LISTEN_PID, LISTEN_FDS = '' }: NodeJS.ProcessEnv, pid: number): boolean {
  return Number(LISTEN_PID) === pid && /^[1-9]\d{0,3}$/.test(LISTEN_FDS)
}

/** The addresses of so many passed sockets. */
export function passedAddresses(count: number): { kind: 'fd'; name: string }[] {
  return Array.from({ length: count }, (_, index) => ({ kind: 'fd', name: String(firstDescriptor + index) }))
}
