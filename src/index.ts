import type { IncomingMessage, ServerResponse } from 'node:http'

import type { ConfigHooks } from './hooks/hooks.js'
import type { ConfigSettings } from './settings/config.js'
import type { WorkerContext } from './worker-context.js'

export { type ErrorCode, NworkersError } from './errors.js'
export { shareMetrics } from './metrics-registry.js'

/** A function that answers requests: what `nworkers app:handler` serves. A rejected promise is answered with 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Functions that the module of an app may export beside the app; each may be asynchronous. */
export interface Hooks {
  /** Runs before the worker is ready; when it fails, so does the boot. */
  start?(worker: WorkerContext): unknown
  /** Runs at the beginning of a drain: say goodbye on long-lived connections, such as WebSockets and event streams. */
  drain?(worker: WorkerContext): unknown
  /** Runs after the last connection ended, or at the graceful deadline. */
  stop?(worker: WorkerContext): unknown
}

export type { ServerInfo, WorkerEnvironment, WorkerInfo } from './hooks/hooks.js'

/** What a config file may hold: settings and hooks. */
export type Config = ConfigSettings & ConfigHooks

/** What a config file may export: its content, a promise of it, or a function that gives either. */
export type ConfigExport = Config | Promise<Config> | (() => Config | Promise<Config>)

/** Gives back what it got: it lets an editor know the type of a config file, `export default defineConfig({ … })`. */
export function defineConfig(config: ConfigExport): ConfigExport {
  return config
}

export type { Backend } from './parallel/crew.js'
export { type Executor, executor } from './parallel/executor.js'
export type { ParallelOptions } from './parallel/options.js'
export { type ItemResult, parallel, type Results } from './parallel/parallel.js'
export type { InputOf, ItemFunction, OutputOf, Target } from './parallel/target.js'
export { type WorkerContext, workerContext } from './worker-context.js'
