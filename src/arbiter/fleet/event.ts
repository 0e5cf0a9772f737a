import type { WantedAddress } from '../../ipc/messages.js'
import type { Load } from './load.js'
import type { Policy, Reason, Worker } from './state.js'

/** How a worker's process ended. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The cgroup's count of OOM kills rose meanwhile. */
  outOfMemory: boolean
}

/** What a worker said before it gave up booting. */
export interface BootFailure {
  code: string
  exitCode: number
  message: string
}

/** Why the number of slots changes. Part of the contract: log, status and metrics use these words. */
export type ScaleReason = 'utilization' | 'queue' | 'idle' | 'bounds' | 'request' | 'reload'

/** What happens to a fleet. The time comes with the event. */
export type FleetEvent =
  | { type: 'start' }
  | { type: 'spawned'; id: number; pid: number }
  | { type: 'spawn-failed'; id: number; message: string }
  | { type: 'loaded'; id: number }
  | { type: 'ready'; id: number }
  /** `utilization`: the share of time in which its event loop was busy since the beat before. */
  | { type: 'beat'; id: number; utilization?: number }
  | { type: 'failed'; id: number; failure: BootFailure }
  /** Its app listens at an address that is not held; `failure` is for when it can't be had any more. */
  | { type: 'address-needed'; id: number; wanted: WantedAddress; failure: BootFailure }
  /** The address that this worker needed is held. */
  | { type: 'address-held'; seeker: number }
  /** The address that this worker needed can't be had. */
  | { type: 'address-refused'; seeker: number; exitCode: number }
  /** The worker drains or ends by itself. */
  | { type: 'leaving'; id: number; reason: 'request' | 'crash' }
  | { type: 'exited'; id: number; exit: Exit }
  /** The stack of a hung worker was captured, or can't be. */
  | { type: 'examined'; id: number }
  | { type: 'recycle'; id: number; reason: Reason }
  /** The policy holds from now on, the target when the rollout is done. */
  | { type: 'reload'; policy?: Policy; target?: number }
  | { type: 'retune'; policy: Policy }
  | { type: 'scale'; target: number }
  /** Every worker is to leave, and none to come until a reload or a wish for a number. */
  | { type: 'pause' }
  /** `servedOn`: another arbiter serves these sockets on. */
  | { type: 'stop'; quick: boolean; servedOn?: boolean }
  /** The answer to `look`: how many connections wait to be accepted, as far as the system tells. */
  | { type: 'looked'; queued: number }
  | { type: 'wake' }

/** What the log, the status and the metrics learn. */
export type Notice =
  /** `retryIn` is undefined when the slot is not filled again. */
  | {
      type: 'worker-exited'
      worker: Worker
      reason: Reason
      exit: Exit
      retryIn: number | undefined
      failures: number
    }
  | { type: 'spawn-failed'; slot: number; message: string; retryIn: number | undefined; failures: number }
  | { type: 'boot-failed'; worker: Worker; failure: BootFailure }
  | { type: 'boot-timeout'; worker: Worker; timeout: number }
  | { type: 'worker-hung'; worker: Worker; silence: number }
  | { type: 'drain-timeout'; worker: Worker }
  | { type: 'suspended'; gap: number }
  | { type: 'address-needed'; wanted: WantedAddress }
  | { type: 'all-ready'; generation: number; workers: number }
  | { type: 'retiring'; worker: Worker; reason: Reason }
  | { type: 'reload-started'; generation: number; from: number }
  | { type: 'reload-queued' }
  | { type: 'reload-done'; generation: number; took: number }
  | { type: 'reload-failed'; generation: number; stays: number; reason: string; worker: number | undefined }
  /** `load` is what it was decided by, where that was not an operator. */
  | { type: 'scaled'; from: number; to: number; reason: ScaleReason; load: Load | undefined }
  | { type: 'stopping'; quick: boolean }

/** What the shell is to carry out, in this order. */
export type Effect =
  | { type: 'spawn'; id: number; slot: number; generation: number }
  /** `last`: nobody else will serve, so what the kernel has queued is to be answered first. */
  | { type: 'drain'; id: number; last: boolean }
  | { type: 'quit'; id: number }
  | { type: 'examine'; id: number }
  | { type: 'kill'; id: number; reason: Reason }
  /**
   * Hold the address that the app of this worker listens at; the answer is `address-held` or `address-refused`. Workers
   * that serve without it are to be recycled.
   */
  | { type: 'hold-address'; seeker: number; wanted: WantedAddress }
  /** Look at the accept queues; the answer is `looked`, also where nothing can be seen. */
  | { type: 'look' }
  /** Close the arbiter's own copies of the listening sockets. */
  | { type: 'release-listeners' }
  | { type: 'notice'; notice: Notice }
  | { type: 'exit'; code: number }
