import type { BindAddress, TcpAddress } from '../sockets/address.js'
import type { AccessFormat } from './access-format.js'
import type { ClientCertificates } from './certificates.js'
import type { Surge } from './count.js'

export type LogFormat = 'text' | 'json'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical'

/** The resolved settings. Durations are milliseconds, sizes bytes; 0 switches a limit off. */
export interface Settings {
  /** The app specifier, `MODULE[:EXPORT]`. */
  app: string
  /** The config file, absolute; undefined where there is none. */
  config: string | undefined
  workers: number
  minWorkers: number
  /** Undefined where the number of workers does not follow the load. */
  maxWorkers: number | undefined
  scaleDownAfter: number
  bind: BindAddress[]
  backlog: number
  /** Ports at which an app may listen by itself. */
  privatePort: number[]
  waitReady: boolean
  /** Absolute. */
  chdir: string
  env: Record<string, string>
  /** Modules to load before the app. */
  require: string[]
  import: string[]
  /** Flags of Node for the workers. */
  nodeOption: string[]
  timeout: number
  gracefulTimeout: number
  bootTimeout: number
  /** How long a hook of the config file may take. */
  hookTimeout: number
  /** Extra workers during a rollout. */
  reloadSurge: Surge
  reload: boolean
  /** Globs of files that `--reload` watches too; relative ones start at `chdir`. */
  reloadExtraFile: string[]
  maxRequests: number
  maxRequestsJitter: number
  maxMemory: number
  maxLifetime: number
  shutdownDelay: number
  /** Where it or one of the next few is undefined, what the app has set holds. */
  keepAlive: number | undefined
  maxRequestsPerConnection: number | undefined
  /** Of each worker; 0 is as many as its descriptors allow. */
  maxConnections: number
  headersTimeout: number | undefined
  requestTimeout: number | undefined
  maxHeaderSize: number | undefined
  maxHeaders: number | undefined
  proxyProtocol: boolean
  /** Addresses and networks, or `*`. */
  proxyAllowFrom: string[]
  rebalanceAfter: number
  drainLinger: number
  requestDeadline: number
  /** Absolute; with it TLS is spoken. */
  certfile: string | undefined
  /** Absolute; undefined where the key stands in `certfile`. */
  keyfile: string | undefined
  /** Absolute. */
  caCerts: string | undefined
  certReqs: ClientCertificates
  ciphers: string | undefined
  http2: boolean
  pid: string | undefined
  user: string | undefined
  group: string | undefined
  initgroups: boolean
  umask: number | undefined
  name: string
  logLevel: LogLevel
  logFormat: LogFormat
  /** Absolute, or `-` for stderr. */
  errorLogfile: string
  /** Absolute. */
  controlSocket: string | undefined
  admin: TcpAddress | undefined
  readyMin: number
  /** Absolute, or `-` for stdout. */
  accessLogfile: string | undefined
  accessLogformat: AccessFormat
  /** Addresses and networks, or `*`. */
  forwardedAllowIps: string[]
  /** Whether what workers write to stdout and stderr has their slot before each line. */
  captureOutput: boolean
}

const workerSettingNames = [
  'app',
  'backlog',
  'require',
  'import',
  'privatePort',
  'chdir',
  'maxWorkers',
  'hookTimeout',
  'timeout',
  'gracefulTimeout',
  'keepAlive',
  'maxRequestsPerConnection',
  'maxConnections',
  'headersTimeout',
  'requestTimeout',
  'maxHeaderSize',
  'maxHeaders',
  'proxyProtocol',
  'proxyAllowFrom',
  'rebalanceAfter',
  'drainLinger',
  'requestDeadline',
  'reload',
  'name',
  'logLevel',
  'logFormat',
  'captureOutput',
  'accessLogfile',
  'accessLogformat',
  'forwardedAllowIps',
] as const satisfies ReadonlyArray<keyof Settings>

/** The part of the settings that a worker gets. */
export type WorkerSettings = Pick<Settings, (typeof workerSettingNames)[number]>

/** Picks what a worker needs to know. */
export function workerSettings(settings: Settings): WorkerSettings {
  // Sound because exactly the named keys are copied.
  return Object.fromEntries(
    workerSettingNames.map((name) => [name, settings[name]]),
  ) as unknown as WorkerSettings
}
