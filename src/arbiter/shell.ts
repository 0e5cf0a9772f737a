import type { ServerInfo } from '../hooks/hooks.js'
import type { WantedAddress } from '../ipc/messages.js'
import { type AppMetrics, createAppMetrics } from '../observe/app-metrics.js'
import { createLedger, type Records } from '../observe/ledger.js'
import type { Logger } from '../observe/logger.js'
import type { BoundAddress } from '../sockets/bind.js'
import { createAcceptQueues } from './accept-queues.js'
import type { Blueprint } from './blueprint.js'
import { createCrew, type Report } from './crew.js'
import { endHooks } from './end-hooks.js'
import { createEnvironmentHook } from './environment-hook.js'
import { createEvening } from './evening.js'
import type { Effect, FleetEvent } from './fleet/event.js'
import { createFleet } from './fleet/fleet.js'
import type { Fleet } from './fleet/state.js'
import { createGenerations } from './generations.js'
import { createHookObserver } from './hook-observer.js'
import { createJournal, summarizeExits } from './journal.js'
import type { Listeners } from './listeners.js'
import { provideAccessLog } from './log-file.js'
import type { Observer } from './observer.js'
import { policyOf } from './policy.js'
import { type Asker, createReloads } from './reloads.js'
import { createRequests } from './requests.js'
import { createRolloutStart, watchBeside } from './rollout-start.js'
import { runFleet } from './running-fleet.js'
import { describeServer } from './server-info.js'
import { createServiceManager, type ServiceManager } from './service-manager.js'
import type { Request } from './signals.js'
import { createWatcher } from './watcher.js'

/** The longest time a timer of Node takes, in milliseconds. */
const longestTimer = 2 ** 31 - 1

/** The shell around the pure fleet. */
export interface Shell {
  heed(request: Request): void
  /** The fleet as it is now. */
  fleet(): Fleet
  /** What the newest generation is made from. */
  blueprint(): Blueprint
  /** Whether the arbiter has its copy of this socket. */
  isOpen(socket: BoundAddress): boolean
  /** What was seen of the fleet so far. */
  records(): Records
  /** Makes this happen to the fleet, by wish of an operator. */
  dispatch(event: FleetEvent): void
  /** Reads the settings again and asks for a rollout, as HUP does. */
  reload(asker: Asker): void
  /** Adds an observer, and gives the way to take it away again. */
  watch(observer: Observer): () => void
  /** Says where a worker is now, by its id in the fleet; it goes on. */
  trace(id: number): Promise<string[]>
  /** The metrics of the app in all workers. */
  readonly appMetrics: AppMetrics
  readonly serviceManager: ServiceManager
  /** Resolves with the exit code when the last worker has gone. */
  readonly ended: Promise<number>
}

/**
 * Starts the fleet: signals, messages, exits and timers become its events, and its effects are carried out.
 *
 * @param options.blueprint - what the first generation is made from
 * @param options.redraw - makes another one, from settings read again, for a reload; when it throws, all stays as it is
 * @param options.relocate - makes one anew for an address that its app listens at
 * @param options.write - takes what workers write to stderr
 * @param options.reopenLog - has the arbiter's log go on in a new file; throws if it can't
 * @param options.target - how many workers there are to be at first
 * @param options.isServedOn - whether another arbiter serves the sockets beside this one, and would go on after a stop
 */
export function startShell(options: {
  blueprint: Blueprint
  redraw: (current: Blueprint) => Promise<Blueprint>
  relocate: (current: Blueprint, wanted: WantedAddress) => Promise<Blueprint>
  log: Logger
  listeners: Listeners
  write: (chunk: Buffer) => void
  reopenLog: () => void
  target: number
  isServedOn: () => boolean
}): Shell {
  const { log, listeners, write } = options
  const { settings } = options.blueprint
  const { now: fleetNow, dispatch } = runFleet(createFleet(policyOf(settings), options.target), carryOut)
  const watcher = createWatcher(() => reload(), log)
  const crew = createCrew({ listeners, log, write, tell: dispatch, report, onFiles: watcher.add })
  const ledger = createLedger()
  const appMetrics = createAppMetrics(crew.askMetrics)
  const evening = createEvening(crew.even)
  const generations = createGenerations({
    first: options.blueprint,
    relocate: options.relocate,
    fleet: fleetNow,
    dispatch,
    listeners,
    crew,
    log,
  })
  const { blueprints } = generations
  const serviceManager = createServiceManager(
    process.env,
    fleetNow,
    (text) => log.warning(text),
    !options.isServedOn(),
  )
  const observers = new Set<Observer>([
    createJournal(log, crew.lastLines),
    generations.observe,
    ledger.observe,
    appMetrics.observe,
    serviceManager.observe,
    createHookObserver((generation) => blueprints.of(generation).hooks, describe),
  ])
  const environmentHook = createEnvironmentHook(log)
  const acceptQueues = createAcceptQueues(() => blueprints.latest().sockets, listeners.isOpen)
  const reload = createReloads({
    redraw: () => options.redraw(blueprints.latest()),
    begin: createRolloutStart({ blueprints, watcher, dispatch }),
    isStopping: () => fleetNow().stop !== undefined,
    log,
  })
  // In a pause nothing else holds the process: neither signals nor sockets on which nobody listens do.
  const hold = setInterval(() => {}, longestTimer)
  let finish: (exitCode: number) => void
  const ended = new Promise<number>((resolve) => {
    finish = resolve
  })

  function carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'spawn':
        spawn(effect)
        return
      case 'drain':
        drain(effect)
        return
      case 'quit':
        if (!cancelSpawn(effect.id)) crew.quit(effect.id)
        return
      case 'examine':
        crew.examine(effect.id)
        return
      case 'kill':
        if (!cancelSpawn(effect.id)) crew.kill(effect.id)
        return
      case 'hold-address':
        generations.holdAddress(effect)
        return
      case 'look':
        void acceptQueues.look().then((queued) => dispatch({ type: 'looked', queued }))
        return
      case 'release-listeners':
        crew.releaseListeners(fleetNow().stop?.quick ?? true)
        return
      case 'notice':
        for (const observe of observers) observe(effect.notice, fleetNow())
        return
      case 'exit':
        log.info(summarizeExits(fleetNow().exits))
        void end(effect.code)
    }
  }

  function spawn(effect: Effect & { type: 'spawn' }): void {
    const blueprint = blueprints.of(effect.generation)
    const start = (made: Blueprint) =>
      crew.spawn(effect, made, fleetNow().rollout?.target ?? fleetNow().target)
    if (blueprint.hooks?.has('preSpawn')) environmentHook.ask(blueprint, describe(fleetNow()), effect, start)
    else start(blueprint)
  }

  /** Gives whether the worker had no process yet; then it gets none. */
  function cancelSpawn(id: number): boolean {
    const isCancelled = environmentHook.cancel(id)
    if (isCancelled) dispatch({ type: 'spawn-failed', id, message: 'it is no longer wanted' })
    return isCancelled
  }

  async function end(exitCode: number): Promise<void> {
    clearInterval(hold)
    watcher.close()
    await endHooks(blueprints, fleetNow().generation, describe(fleetNow()))
    finish(exitCode)
  }

  function describe(now: Fleet): ServerInfo {
    const { settings, sockets } = blueprints.of(now.generation)
    return describeServer(settings, { fleet: now, sockets })
  }

  /** As at the final stop, what is queued at a socket that is given up is answered by who listened there last. */
  function drain({ id, last }: Effect & { type: 'drain' }): void {
    generations.giveUpSockets()
    crew.drain(id, last || crew.isLastSomewhere(id), fleetNow().policy)
  }

  function report(id: number, said: Report): void {
    const worker = fleetNow().workers.get(id)
    if (!worker) return
    if (said.type === 'metrics') {
      appMetrics.take(id, said.families)
      return
    }
    ledger.note(worker, said, performance.now())
    evening.heard(id, said, fleetNow())
  }

  function watch(observer: Observer): () => void {
    observers.add(observer)
    return () => observers.delete(observer)
  }

  void options.blueprint.hooks?.call('nworkersChanged', describe(fleetNow()), fleetNow().target, 0)
  watchBeside(watcher, settings)
  dispatch({ type: 'start' })
  return {
    heed: createRequests({
      fleet: fleetNow,
      dispatch,
      reload,
      isServedOn: options.isServedOn,
      reopenLogs() {
        options.reopenLog()
        // First the arbiter, which makes the file that workers may not be allowed to make.
        provideAccessLog(blueprints.latest())
        crew.reopenLogs()
      },
      log,
    }),
    fleet: fleetNow,
    blueprint: blueprints.latest,
    isOpen: listeners.isOpen,
    records: ledger.records,
    dispatch,
    reload,
    watch,
    trace: crew.trace,
    appMetrics,
    serviceManager,
    ended,
  }
}
