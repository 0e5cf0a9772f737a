import { accessFormat, combinedFormat } from './access-format.js'
import { address, addresses, passedSockets, ports, publicPort } from './addresses.js'
import { longestBacklog } from './backlog.js'
import { count, surge, workerCount } from './count.js'
import { directory } from './directory.js'
import { duration, positiveDuration } from './duration.js'
import { file } from './file.js'
import { globs } from './globs.js'
import { accessLogFile, errorLogFile } from './log-file.js'
import { mode } from './mode.js'
import { modules, nodeFlags } from './node.js'
import { path } from './path.js'
import type { Settings } from './settings.js'
import { size } from './size.js'
import { boolean, choice, text } from './text.js'
import { optional, type ValueType } from './value.js'
import { variables } from './variables.js'

/** The sections of the help and of the documentation, in their order. */
export const groups = [
  'Application',
  'Workers',
  'Recycling',
  'Sockets',
  'Connections',
  'Process',
  'Logging',
  'Observing',
] as const

export type SettingName = keyof Settings

/** An environment variable besides the setting's own `NWORKERS_…`, which beats it. */
export interface Variable<Value> {
  name: string
  /** How this variable is read, where that differs from the setting's flag. */
  type?: ValueType<Value>
}

/** One setting: everything that help, documentation, validation and the environment need to know about it. */
export interface Setting<Value> {
  group: (typeof groups)[number]
  type: ValueType<Value>
  /** One sentence. */
  doc: string
  /** The one-letter flag. */
  alias?: string
  /** Given by its place on the command line and not by a flag. */
  positional?: true
  /** Says where the config file is, so it can't be in there. */
  notInFile?: true
  variables?: readonly Variable<Value>[]
  /** What the user could have typed; without it the type reads no text at all. */
  default?: string
  /** The setting whose text stands in where this one is not given. */
  defaultsTo?: SettingName
}

/** Every setting there is, under its name in a configuration. Help, documentation and validation come from here. */
export const table: { [Name in SettingName]: Setting<Settings[Name]> } = {
  app: {
    group: 'Application',
    type: text('MODULE[:EXPORT]'),
    positional: true,
    doc: 'The app to serve: a file, a folder or an installed package, and after a colon which of its exports.',
  },
  config: {
    group: 'Application',
    type: optional(file),
    alias: 'c',
    notInFile: true,
    doc: 'The config file; without it nworkers.config.ts, .mts, .js, .mjs, .cjs or .json where nworkers is started, if there is one.',
  },
  chdir: {
    group: 'Application',
    type: directory,
    default: '.',
    doc: 'The directory that the app is looked for in and that workers run in.',
  },
  env: {
    group: 'Application',
    type: variables,
    alias: 'e',
    doc: "A variable to add to the workers' environment; repeat it for more.",
  },
  require: {
    group: 'Application',
    type: modules,
    doc: 'A CommonJS module that each worker loads before the app, such as dotenv/config; repeat it for more.',
  },
  import: {
    group: 'Application',
    type: modules,
    doc: 'A module that each worker imports before the app, such as ./telemetry.mjs; repeat it for more.',
  },
  nodeOption: {
    group: 'Application',
    type: nodeFlags,
    doc: 'A flag of Node for the workers, such as --node-option=--enable-source-maps; repeat it for more.',
  },
  workers: {
    group: 'Workers',
    type: workerCount,
    alias: 'w',
    variables: [{ name: 'WEB_CONCURRENCY' }],
    default: '1',
    doc: 'How many workers to keep; auto is one for each CPU that affinity and the cgroup quota allow.',
  },
  timeout: {
    group: 'Workers',
    type: duration,
    alias: 't',
    default: '30s',
    doc: 'A worker whose event loop is silent for this long is killed and replaced; 0 never does that.',
  },
  gracefulTimeout: {
    group: 'Workers',
    type: positiveDuration,
    default: '30s',
    doc: 'How long a worker that is told to leave may take to finish the requests it has.',
  },
  bootTimeout: {
    group: 'Workers',
    type: duration,
    default: '60s',
    doc: 'How long a worker may take to load the app and be ready; 0 waits for ever.',
  },
  waitReady: {
    group: 'Workers',
    type: boolean,
    default: 'false',
    doc: "A worker is ready only when its app has also called process.send('ready'), as apps for PM2 do.",
  },
  shutdownDelay: {
    group: 'Workers',
    type: duration,
    default: '0',
    doc: 'How long a stop goes on serving before it drains, while load balancers learn of it; 0 drains at once.',
  },
  reloadSurge: {
    group: 'Workers',
    type: surge,
    default: '1',
    doc: 'How many workers a reload may have beside the old ones, or which share of them; 0 stops an old one first.',
  },
  reload: {
    group: 'Workers',
    type: boolean,
    default: 'false',
    doc: 'Reload when a file that the app has loaded, or the config file, is saved; packages in node_modules are not watched.',
  },
  reloadExtraFile: {
    group: 'Workers',
    type: globs,
    doc: 'A file, or a quoted pattern such as templates/**/*.html, that --reload watches too, relative to --chdir; repeat it for more.',
  },
  maxRequests: {
    group: 'Recycling',
    type: count(0, Number.MAX_SAFE_INTEGER),
    default: '0',
    doc: 'A worker that has answered about this many requests is replaced by a fresh one; 0 never does that.',
  },
  maxRequestsJitter: {
    group: 'Recycling',
    type: count(0, Number.MAX_SAFE_INTEGER),
    default: '0',
    doc: 'Up to this many requests are added to the limit of each worker, so that they do not reach it together.',
  },
  maxMemory: {
    group: 'Recycling',
    type: size,
    default: '0',
    doc: 'A worker whose private memory stays above this is replaced by a fresh one; 0 never does that.',
  },
  maxLifetime: {
    group: 'Recycling',
    type: duration,
    default: '0',
    doc: 'A worker that has lived about this long is replaced by a fresh one; 0 never does that.',
  },
  bind: {
    group: 'Sockets',
    type: addresses,
    alias: 'b',
    variables: [
      { name: 'LISTEN_FDS', type: passedSockets },
      { name: 'PORT', type: publicPort },
    ],
    default: '127.0.0.1:8000',
    doc: 'An address to listen at: HOST:PORT, :PORT (every interface), PORT (127.0.0.1), [IPV6]:PORT, unix:PATH, or fd://NAME for a socket passed by systemd; repeat it for more.',
  },
  backlog: {
    group: 'Sockets',
    type: count(1, 2_147_483_647),
    // Sockets that systemd passed listen already, with the longest queue unless their unit says otherwise.
    variables: [{ name: 'LISTEN_FDS', type: longestBacklog }],
    default: '2048',
    doc: 'How many connections may wait in the queue of a socket; the kernel may have a lower limit, which is the default where systemd passes sockets.',
  },
  privatePort: {
    group: 'Sockets',
    type: ports,
    doc: 'A port at which each worker of an app may listen by itself, such as one for metrics; repeat it for more.',
  },
  keepAlive: {
    group: 'Connections',
    type: duration,
    default: '75s',
    doc: 'How long an idle connection stays open, best above the idle timeout of the load balancer in front; 0 is for ever.',
  },
  drainLinger: {
    group: 'Connections',
    type: duration,
    default: '5s',
    doc: 'How long a worker that leaves keeps idle connections open, so that no request meets a closed one; 0 closes them at once.',
  },
  requestDeadline: {
    group: 'Connections',
    type: duration,
    default: '0',
    doc: 'How long a request may go without its whole answer; then it gets 504, or is cut if an answer has begun; 0 is for ever.',
  },
  pid: {
    group: 'Process',
    type: optional(text('FILE')),
    alias: 'p',
    doc: 'A file to write the process id of the arbiter to.',
  },
  user: {
    group: 'Process',
    type: optional(text('USER')),
    alias: 'u',
    doc: 'The user that workers become before they read anything; the arbiter keeps its own, so it can bind port 80.',
  },
  group: {
    group: 'Process',
    type: optional(text('GROUP')),
    alias: 'g',
    doc: 'The group that workers become; without it the primary group of the user.',
  },
  initgroups: {
    group: 'Process',
    type: boolean,
    default: 'false',
    doc: "Give workers the supplementary groups of the user; without it they have the group's alone.",
  },
  umask: {
    group: 'Process',
    type: optional(mode),
    alias: 'm',
    doc: 'The file mode creation mask of workers and of unix sockets, in octal; without it the one of the arbiter.',
  },
  name: {
    group: 'Process',
    type: text('NAME'),
    alias: 'n',
    defaultsTo: 'app',
    doc: 'The name that the process titles show.',
  },
  logLevel: {
    group: 'Logging',
    type: choice('LEVEL', ['debug', 'info', 'warning', 'error', 'critical']),
    default: 'info',
    doc: 'The least severe messages to log: debug, info, warning, error or critical.',
  },
  logFormat: {
    group: 'Logging',
    type: choice('FORMAT', ['text', 'json']),
    default: 'text',
    doc: 'How the log is written: text, in lines like those of gunicorn, or json, an object a line.',
  },
  errorLogfile: {
    group: 'Logging',
    type: errorLogFile,
    default: '-',
    doc: 'Where the log and the stderr of workers go: a file that is appended to and opened anew on USR1, or - for stderr.',
  },
  accessLogfile: {
    group: 'Logging',
    type: optional(accessLogFile),
    doc: 'Where each worker writes a line for each request: a file, or - for stdout; without it nothing is logged.',
  },
  accessLogformat: {
    group: 'Logging',
    type: accessFormat,
    default: combinedFormat,
    doc: "How such a line looks: a text with gunicorn's atoms, or json; docs/logging.md tells them all.",
  },
  captureOutput: {
    group: 'Logging',
    type: boolean,
    default: 'false',
    doc: 'Put the slot of the worker before each line that it writes to stdout and stderr.',
  },
  controlSocket: {
    group: 'Observing',
    type: optional(path),
    doc: 'A unix socket, for its owner alone, at which nworkersctl finds this arbiter.',
  },
  admin: {
    group: 'Observing',
    type: optional(address),
    doc: 'An address, HOST:PORT or a port of 127.0.0.1, for /metrics, /livez, /readyz and a live page; all of it reads only.',
  },
  readyMin: {
    group: 'Observing',
    type: count(1, Number.MAX_SAFE_INTEGER),
    default: '1',
    doc: 'How many workers must be ready for /readyz to say so.',
  },
}

/** A setting together with its name, whatever its value is. */
export type AnySetting = Setting<unknown> & { name: SettingName }

/** A setting by its name. */
export function settingNamed(name: SettingName): AnySetting {
  return { ...table[name], name }
}

/** Every setting, in the order of the table. */
export const allSettings: readonly AnySetting[] = (Object.keys(table) as SettingName[]).map(settingNamed)
