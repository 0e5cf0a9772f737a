/** What a hook learns of the arbiter. */
export interface ServerInfo {
  /** Of the arbiter. */
  pid: number
  name: string
  /** The generation that serves. */
  generation: number
  /** How many slots are kept filled. */
  workers: number
  /** As the log names them. */
  addresses: readonly string[]
}

/** What a hook learns of a worker. */
export interface WorkerInfo {
  slot: number
  generation: number
  pid: number
}

/** What a hook answers, at once or later; only `preSpawn` is asked for more. */
type Answer = unknown

/** Hooks that run in the hook process, beside the arbiter. */
export interface ArbiterHooks {
  /** Before anything is bound. */
  onStarting?(server: ServerInfo): Answer
  /** A generation is ready: the first one, then that of each reload. */
  whenReady?(server: ServerInfo): Answer
  /** A reload begins; `generation` is the one that is to come. */
  onReload?(server: ServerInfo, reload: { generation: number }): Answer
  /** A reload was given up, and the generation that served stays. */
  onReloadFailed?(server: ServerInfo, failure: { generation: number; reason: string }): Answer
  /** Before a worker is spawned, which waits for it; gives variables to add to the environment of this worker. */
  preSpawn?(
    server: ServerInfo,
    worker: Omit<WorkerInfo, 'pid'>,
  ): WorkerEnvironment | undefined | Promise<WorkerEnvironment | undefined>
  /** A worker is hung and is about to be killed; `silence` is in milliseconds. */
  workerAbort?(server: ServerInfo, worker: WorkerInfo, hung: { silence: number }): Answer
  /** A worker has ended. */
  childExit?(
    server: ServerInfo,
    worker: WorkerInfo,
    exit: { reason: string; code: number | null; signal: string | null },
  ): Answer
  /** The number of workers that is wanted changed; at the start `before` is 0. */
  nworkersChanged?(server: ServerInfo, now: number, before: number): Answer
  /** A stop has begun. */
  onStopping?(server: ServerInfo): Answer
  /** The last worker has ended; the arbiter waits two seconds for it. */
  onExit?(server: ServerInfo): Answer
}

/** Hooks that run in the worker, as the user it has become. */
export interface WorkerHooks {
  /** The process has become its user; the app is not loaded yet. */
  postFork?(worker: WorkerInfo): Answer
  /** The app is loaded and does not listen yet. */
  postWorkerInit?(worker: WorkerInfo): Answer
  /** The worker has finished and is about to end. */
  workerExit?(worker: WorkerInfo): Answer
}

/** Variables to each name. */
export type WorkerEnvironment = Readonly<Record<string, string | number | boolean>>

export type ConfigHooks = ArbiterHooks & WorkerHooks
export type ArbiterHookName = keyof ArbiterHooks
export type WorkerHookName = keyof WorkerHooks
export type HookName = keyof ConfigHooks

export const workerHookNames: readonly WorkerHookName[] = ['postFork', 'postWorkerInit', 'workerExit']

const arbiterHookNames: readonly ArbiterHookName[] = [
  'onStarting',
  'whenReady',
  'onReload',
  'onReloadFailed',
  'preSpawn',
  'workerAbort',
  'childExit',
  'nworkersChanged',
  'onStopping',
  'onExit',
]

export const hookNames: readonly HookName[] = [...arbiterHookNames, ...workerHookNames]

export function isWorkerHook(name: HookName): name is WorkerHookName {
  return workerHookNames.some((hook) => hook === name)
}

export function isArbiterHook(name: HookName): name is ArbiterHookName {
  return !isWorkerHook(name)
}
