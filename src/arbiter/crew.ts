import type { BeatMessage, MetricsMessage } from '../ipc/messages.js'
import { createKillCounter, memoryLimit as readMemoryLimit } from '../machine/memory.js'
import type { Logger } from '../observe/logger.js'
import { type Output, openOutput } from '../observe/output.js'
import { type LogFormat, workerSettings } from '../settings/settings.js'
import { secureUrl } from '../sockets/address.js'
import type { BoundAddress } from '../sockets/bind.js'
import type { Blueprint } from './blueprint.js'
import { type Captured, captureLines } from './capture.js'
import { workerEnvironment } from './environment.js'
import { inspectorFlags } from './examine/inspector-flags.js'
import { createLookout } from './examine/lookout.js'
import { createFinalSweep } from './final-sweep.js'
import type { Effect, FleetEvent } from './fleet/event.js'
import type { Policy } from './fleet/state.js'
import { heapFlags } from './heap.js'
import type { Listeners } from './listeners.js'
import { provideAccessLog } from './log-file.js'
import { inheritedFlags } from './node-flags.js'
import { createReadiness } from './readiness.js'
import { allowanceOf, createRecycler } from './recycling.js'
import { describeSpawnError, eventOf } from './worker-event.js'
import { firstListenerFd, startWorkerProcess, type WorkerProcess } from './worker-process.js'

/** The processes behind the workers of the fleet, by the fleet's ids. */
export interface Crew {
  spawn(place: Effect & { type: 'spawn' }, blueprint: Blueprint, count: number): void
  drain(id: number, last: boolean, policy: Policy): void
  /** Closes the arbiter's copies of the listening sockets: at once, or when workers asked right after this have emptied them. */
  releaseListeners(atOnce: boolean): void
  quit(id: number): void
  kill(id: number): void
  /** Says where a hung worker is stuck, then tells that it was examined. */
  examine(id: number): void
  /** Whether a worker that runs has ever listened at this socket. */
  uses(socket: BoundAddress): boolean
  /** Where this worker was told to listen, while its process is there. */
  placeOf(id: number): Place | undefined
  /** Whether a worker listens where the arbiter no longer does, so that nobody takes on what is queued there. */
  isLastSomewhere(id: number): boolean
  /** Says where a worker is now; it goes on. Empty if there is no such worker any more. */
  trace(id: number): Promise<string[]>
  /** Asks a worker to end so many of its connections; 0 takes that back. */
  even(id: number, surplus: number): void
  /** Asks for the app's metrics; the answer is heard, or not. */
  askMetrics(id: number): void
  /** Has every worker go on in new log files. */
  reopenLogs(): void
  /** The last lines of a worker's stderr. */
  lastLines(id: number): string[]
}

/** Where a worker listens. */
type Place = Pick<Blueprint, 'sockets' | 'script'>

/** What a worker says of itself. */
export type Report = BeatMessage | MetricsMessage

/** A crew that says by `tell` what becomes of its members, and passes on what they report. */
export function createCrew(options: {
  listeners: Listeners
  log: Logger
  /** Takes what workers write to stderr. */
  write: (chunk: Buffer) => void
  tell: (event: FleetEvent) => void
  report: (id: number, report: Report) => void
  /** Is told of files that workers have loaded. */
  onFiles: (files: readonly string[]) => void
}): Crew {
  const { listeners, log, write, tell, report, onFiles } = options
  const processes = new Map<number, WorkerProcess>()
  const places = new Map<number, Place>()
  const lookout = createLookout((id) => processes.get(id))
  const memoryLimit = readMemoryLimit()
  const recycler = createRecycler(tell)
  const outOfMemoryKills = createKillCounter()
  let knownKills = outOfMemoryKills()
  const finalSweep = createFinalSweep((asked) => {
    listeners.release()
    for (const id of asked) processes.get(id)?.send({ type: 'released' })
  })
  let stdout: Output | undefined

  function spawn(
    { id, slot, generation }: Effect & { type: 'spawn' },
    { settings, identity, sockets: own, script, credentials, workerHooks: names }: Blueprint,
    count: number,
  ): void {
    const environment = workerEnvironment(process.env, settings.env, { slot, generation, count })
    tryToProvideAccessLog({ settings, identity })
    const execArgv = [...inheritedFlags(), ...settings.nodeOption]
    const most = settings.maxWorkers ?? count
    const heap = heapFlags({ workers: most, execArgv, environment, memoryLimit })
    const captured = settings.captureOutput ? capture(slot, settings.logFormat) : undefined
    const readiness = createReadiness(settings.waitReady, tell)
    const worker = startWorkerProcess(
      {
        nodeArguments: [...execArgv, ...heap, ...inspectorFlags],
        environment,
        cwd: settings.chdir,
        listenerFds: own.map(({ fd }) => fd),
        onStdout: captured?.stdout.take,
        onStderr: captured?.stderr.take ?? write,
      },
      {
        message(message) {
          const event = eventOf(id, message)
          if (event) readiness.pass(event)
          if (message.type === 'beat') {
            lookout.heard(id, message.inFlight)
            recycler.count(id, message.requests)
            report(id, message)
          }
          if (message.type === 'metrics') report(id, message)
          if (message.type === 'accept-again') handListeners(id)
          if (message.type === 'queue-empty') finalSweep.foundEmpty()
          if (message.type === 'files') onFiles(message.files)
        },
        saidReady: readiness.said,
        failed(error) {
          tell({ type: 'spawn-failed', id, message: describeSpawnError(error, settings.chdir) })
          forget(id)
        },
        exited(code, signal) {
          captured?.stdout.end()
          captured?.stderr.end()
          tell({
            type: 'exited',
            id,
            exit: { code, signal, outOfMemory: signal === 'SIGKILL' && killsRose() },
          })
          forget(id)
          lookout.forget(id)
          recycler.forget(id)
        },
      },
    )
    processes.set(id, worker)
    places.set(id, { sockets: own, script })
    if (worker.pid === undefined) return
    recycler.watch(id, worker.pid, allowanceOf(settings, { slot, count }))
    worker.send({
      type: 'boot',
      purpose: 'serve',
      slot,
      generation,
      settings: workerSettings(settings),
      identity,
      listeners: own.map(({ url }, index) => ({
        fd: firstListenerFd + index,
        url: credentials ? secureUrl(url) : url,
      })),
      accessStream: settings.captureOutput ? firstListenerFd + own.length : 1,
      script,
      ...(credentials && { credentials }),
      ...(settings.config !== undefined && names.length > 0 && { hooks: { path: settings.config, names } }),
    })
    const later = generation > 1 ? `, generation ${generation}` : ''
    log.info(`Booting worker with pid: ${worker.pid} (slot ${slot})${later}`)
    tell({ type: 'spawned', id, pid: worker.pid })
  }

  function capture(slot: number, format: LogFormat): { stdout: Captured; stderr: Captured } {
    stdout ??= openOutput(1)
    return {
      stdout: captureLines({ slot, stream: 'stdout' }, format, stdout.write),
      stderr: captureLines({ slot, stream: 'stderr' }, format, write),
    }
  }

  /** It may just have been moved away. Where that fails the worker says so. */
  function tryToProvideAccessLog(from: Pick<Blueprint, 'settings' | 'identity'>): void {
    try {
      provideAccessLog(from)
    } catch {}
  }

  function handListeners(id: number): void {
    for (const [index, socket] of (places.get(id)?.sockets ?? []).entries()) {
      if (!listeners.isOpen(socket)) continue
      processes.get(id)?.send({ type: 'listener', fd: firstListenerFd + index }, socket.share())
    }
  }

  /** What it has used is closed by now, since its process has gone. */
  function forget(id: number): void {
    processes.delete(id)
    places.delete(id)
    finalSweep.forget(id)
    listeners.removeUnused(uses)
  }

  function uses(socket: BoundAddress): boolean {
    return [...places.values()].some(({ sockets }) => sockets.includes(socket))
  }

  function killsRose(): boolean {
    const before = knownKills
    knownKills = outOfMemoryKills()
    return knownKills > before
  }

  async function examine(id: number): Promise<void> {
    try {
      for (const line of await lookout.lookAt(id)) log.error(`  | ${line}`)
    } catch (error) {
      log.warning(`A hung worker could not be examined: ${String(error)}`)
    } finally {
      tell({ type: 'examined', id })
    }
  }

  async function trace(id: number): Promise<string[]> {
    const worker = processes.get(id)
    try {
      return await lookout.lookAt(id)
    } finally {
      worker?.closeInspector()
    }
  }

  return {
    spawn,
    drain(id, last, { gracefulTimeout, drainLinger }) {
      const held = finalSweep.ask(id)
      processes.get(id)?.send({ type: 'drain', last, held, gracefulTimeout, linger: drainLinger })
    },
    releaseListeners(atOnce) {
      if (atOnce) listeners.release()
      else finalSweep.begin()
    },
    quit: (id) => processes.get(id)?.send({ type: 'quit' }),
    kill: (id) => processes.get(id)?.kill('SIGKILL'),
    examine: (id) => void examine(id),
    uses,
    placeOf: places.get.bind(places),
    isLastSomewhere: (id) => (places.get(id)?.sockets ?? []).some((socket) => !listeners.isOpen(socket)),
    trace,
    even: (id, surplus) => processes.get(id)?.send({ type: 'even', surplus }),
    askMetrics: (id) => processes.get(id)?.send({ type: 'metrics' }),
    reopenLogs() {
      for (const worker of processes.values()) worker.send({ type: 'reopen' })
    },
    lastLines: (id) => processes.get(id)?.tail.lines() ?? [],
  }
}
