import type { AppKind } from '../app/app.js'
import type { WorkerHookName } from '../hooks/hooks.js'
import type { Identity } from '../machine/identity.js'
import type { WorkerSettings } from '../settings/settings.js'
import type { Credentials } from '../tls/credentials.js'
import type { Histogram, RequestCounts } from './counts.js'
import type { MetricFamily } from './metrics.js'

/** A listening address as a worker gets it: the inherited descriptor and how the log names it. */
export interface InheritedListener {
  fd: number
  /** `http://127.0.0.1:8000`, `unix:/run/app.sock`. */
  url: string
}

/** The first message to a worker: everything it needs to load the app and serve it. */
export interface BootMessage {
  type: 'boot'
  /** `check` loads the app, reports its kind and exits without listening. */
  purpose: 'serve' | 'check'
  slot: number
  generation: number
  settings: WorkerSettings
  /** Who to become before anything of the user's is read. */
  identity: Identity
  listeners: InheritedListener[]
  /** The descriptor of the stream that `-` means for the access log. */
  accessStream: number
  script: ScriptAddress
  /** With them TLS is spoken. */
  credentials?: Credentials
  /** The config file and those of its hooks that the worker runs. */
  hooks?: { path: string; names: readonly WorkerHookName[] }
}

/** What holds for a script that calls `listen()` itself. */
export interface ScriptAddress {
  /** No address was set, so the script's own one is used; else it gets what was set. */
  mayChoose: boolean
  /** The address that a script chose before, as `--bind` takes it. */
  chosen: string | undefined
  /** What it listens at besides, as `--bind` takes it. The last listeners are for these, in this order. */
  further: readonly string[]
  /** The app is served by the server that it makes listen, however late; not by what it exports. */
  isAwaited: boolean
}

/**
 * Finish what is in flight and take nothing new.
 * `last` says that no other worker will serve this address: what the kernel has queued is accepted first.
 */
export interface DrainMessage {
  type: 'drain'
  last: boolean
  /** The arbiter still has its copies of the sockets: it closes them, and says so, when it is told that the queue is empty. */
  held: boolean
  /** Milliseconds after which remaining sockets are destroyed. */
  gracefulTimeout: number
  /** Milliseconds an idle keep-alive socket stays open. */
  linger: number
}

/** The arbiter has closed its copies of the listening sockets at the final stop. */
export interface ReleasedMessage {
  type: 'released'
}

/** End now: in-flight requests are cut. */
export interface QuitMessage {
  type: 'quit'
}

/** A copy of a listening socket comes beside this message: accept from it again. */
export interface ListenerMessage {
  type: 'listener'
  /** The descriptor that it was inherited as. */
  fd: number
}

/** The app's own metrics are wanted. */
export interface MetricsRequest {
  type: 'metrics'
}

/** The inspector was opened for a look at the stack, which is over: close it. */
export interface CloseInspectorMessage {
  type: 'close-inspector'
}

/** The log files were moved away: go on in new ones. */
export interface ReopenMessage {
  type: 'reopen'
}

/** End so many connections, each after its next answer: other workers have fewer. It holds until the next such message. */
export interface EvenMessage {
  type: 'even'
  surplus: number
}

export type ToWorker =
  | BootMessage
  | DrainMessage
  | ReleasedMessage
  | QuitMessage
  | ListenerMessage
  | MetricsRequest
  | CloseInspectorMessage
  | ReopenMessage
  | EvenMessage

/** The app is imported and its asynchronous start has finished; the worker does not listen yet. */
export interface LoadedMessage {
  type: 'loaded'
  kind: AppKind
}

/** The worker accepts connections. */
export interface ReadyMessage {
  type: 'ready'
}

/** The event loop turns. Sent about once a second, and when the last connection of a drain has ended. */
export interface BeatMessage {
  type: 'beat'
  /** Requests answered since the worker started. */
  requests: number
  /** The same requests by outcome and duration. */
  counts: RequestCounts
  inFlight: number
  /** Open connections, upgraded ones included. */
  connections: number
  /** Connections accepted since the worker started. */
  accepted: number
  /** The longest delay of the event loop since the last beat, in milliseconds. */
  loopDelayMs: number
  /** Event loop utilisation since the last beat, 0 to 1. */
  utilization: number
  /** How long requests had waited before they came, where a proxy in front tells it by `X-Request-Start`. */
  queueTimes: Histogram
}

/** The worker could not become ready and exits now. */
export interface FailedMessage {
  type: 'failed'
  /** An error code of this project, or the `code` of a system error such as `EADDRINUSE`. */
  code: string
  exitCode: number
  /** One sentence, or a sentence and a stack. */
  message: string
  /** The address that could not be listened at, where that was the reason. */
  url?: string
}

/** The worker drains or ends by itself: it was signalled from outside, or its app failed. A successor is wanted. */
export interface LeavingMessage {
  type: 'leaving'
  reason: 'request' | 'crash'
}

/** The worker had stopped accepting because it was full, and has room again: it wants its listening sockets back. */
export interface AcceptAgainMessage {
  type: 'accept-again'
}

/** At the final stop a whole turn of the worker's event loop brought no connection: what was queued has been taken. */
export interface QueueEmptyMessage {
  type: 'queue-empty'
}

/** Files of the app that were loaded since the last such message, or that are about to be; sent for `--reload` alone. */
export interface FilesMessage {
  type: 'files'
  /** Absolute. */
  files: string[]
}

/** The metrics of the app: the answer to {@link MetricsRequest}, and when the last connection of a drain has ended. */
export interface MetricsMessage {
  type: 'metrics'
  families: MetricFamily[]
}

/** The inspector is closed. */
export interface InspectorClosedMessage {
  type: 'inspector-closed'
}

/** An address that an app listens at by itself. */
export interface WantedAddress {
  /** As `--bind` takes it. */
  address: string
  /**
   * - `first`: in place of the one that nobody chose;
   * - `further`: of one more server;
   * - `late`: of the server of what the app exports, which serves already elsewhere.
   */
  how: 'first' | 'further' | 'late'
}

/**
 * An app listens at an address that the arbiter does not hold. Its worker ends if it boots, to be started again with it;
 * one that serves awaits its successor.
 */
export interface AddressNeededMessage {
  type: 'address-needed'
  wanted: WantedAddress
  /** Says why it can't be had, for when it is too late for another address. */
  message: string
}

export type FromWorker =
  | LoadedMessage
  | ReadyMessage
  | BeatMessage
  | FailedMessage
  | LeavingMessage
  | AcceptAgainMessage
  | QueueEmptyMessage
  | FilesMessage
  | MetricsMessage
  | InspectorClosedMessage
  | AddressNeededMessage
