/** What the arbiter tells each worker; nobody may set these from outside. */
const workerVariables = ['NWORKERS_WORKER_SLOT', 'NWORKERS_WORKER_GENERATION', 'NWORKERS_WORKER_COUNT']

/** What concerns the arbiter alone: an app that read these would speak to systemd in the arbiter's name. */
const arbiterVariables = [
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'LISTEN_PIDFDID',
  'NWORKERS_INHERITED_FDS',
  // Node would take the worker for one of node:cluster or of another parent's channel.
  'NODE_UNIQUE_ID',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
]

/** The environment of a worker: the arbiter's, then `--env`, then what tells the worker its place. */
export function workerEnvironment(
  inherited: NodeJS.ProcessEnv,
  extra: Readonly<Record<string, string>>,
  place: { slot: number; generation: number; count: number },
): NodeJS.ProcessEnv {
  return {
    ...plainEnvironment(inherited),
    ...extra,
    NWORKERS_WORKER_SLOT: String(place.slot),
    NWORKERS_WORKER_GENERATION: String(place.generation),
    NWORKERS_WORKER_COUNT: String(place.count),
  }
}

/** The environment of the next arbiter: systemd's socket for notifications and its watchdog become that one's. */
export function successorEnvironment(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NOTIFY_SOCKET, WATCHDOG_USEC } = inherited
  return {
    ...plainEnvironment(inherited),
    ...(NOTIFY_SOCKET !== undefined && { NOTIFY_SOCKET }),
    ...(WATCHDOG_USEC !== undefined && { WATCHDOG_USEC }),
  }
}

/** The arbiter's environment without what concerns the arbiter alone: for every process it starts. */
export function plainEnvironment(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const environment = { ...inherited }
  for (const name of [...workerVariables, ...arbiterVariables]) delete environment[name]
  return environment
}
