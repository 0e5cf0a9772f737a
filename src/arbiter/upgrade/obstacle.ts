import { readFileSync } from 'node:fs'
import type { Fleet } from '../fleet/state.js'

/** Inits for containers, which end with the process that they have started. */
const childBoundInits = new Set(['tini', 'docker-init', 'dumb-init', 'catatonit', 'podman-init'])

/** What an upgrade's way may be barred by. */
export interface Circumstances {
  readonly pid: number
  readonly parent: number
  readonly environment: NodeJS.ProcessEnv
  /** The name of process 1; empty where that is not known. */
  readonly init: string
  readonly fleet: Pick<Fleet, 'stop' | 'everReady' | 'policy'>
  /** This arbiter is itself a new one, and its predecessor has not handed over yet. */
  readonly isSuccessor: boolean
}

/** Why there can be no upgrade, as a sentence; undefined where there can. */
export function obstacleOf(circumstances: Circumstances): string | undefined {
  const { pid, parent, environment, init, fleet, isSuccessor } = circumstances
  if (fleet.stop) return 'nworkers is stopping.'
  if (pid === 1) {
    return 'This arbiter is process 1, and with its end the container ends. Start a new container instead, or reload by HUP.'
  }
  if (parent === 1 && childBoundInits.has(init)) {
    return `This arbiter is the child of ${init}, and with its end the container ends. Start a new container instead, or reload by HUP.`
  }
  if (environment.SYSTEMD_EXEC_PID === String(pid) && !environment.NOTIFY_SOCKET) {
    return 'systemd would take the end of this process for that of the service: the unit needs Type=notify. "nworkers init systemd" prints one.'
  }
  if ('count' in fleet.policy.surge ? fleet.policy.surge.count === 0 : fleet.policy.surge.percent === 0) {
    return '--reload-surge 0 says that a slot has no room for two workers, and an upgrade needs that. Restart instead.'
  }
  if (isSuccessor) return 'The arbiter before this one has not handed over yet.'
  if (!fleet.everReady) return 'No worker has been ready yet.'
  return undefined
}

/** The name of process 1, which is the init of a container. */
export function nameOfInit(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return ''
  }
}
