import { setTimeout as delay } from 'node:timers/promises'
import { NworkersError } from '../errors.js'
import type { ServerInfo } from '../hooks/hooks.js'
import { type AppMetrics, createAppMetrics } from '../observe/app-metrics.js'
import { createLedger, type Records } from '../observe/ledger.js'

import type { Logger } from '../observe/logger.js'
import type { Settings } from '../settings/settings.js'
import type { BoundAddress } from '../sockets/bind.js'
import type { Blueprint } from './blueprint.js'
import { createCrew, type Report } from './crew.js'
import { createEnvironmentHook } from './environment-hook.js'
import type { Effect, FleetEvent, Notice } from './fleet/event.js'
import { createFleet, step } from './fleet/fleet.js'
import type { Fleet } from './fleet/state.js'
import { createHookObserver } from './hook-observer.js'
import { createJournal, summarizeExits } from './journal.js'
import type { Listeners } from './listeners.js'
import { provideAccessLog } from './log-file.js'
import type { Observer } from './observer.js'
import { oneAtATime } from './one-at-a-time.js'
import { policyOf } from './policy.js'
import { describeServer } from './server-info.js'
import { createServiceManager } from './service-manager.js'
import type { Request } from './signals.js'
import { createWatcher } from './watcher.js'

/** How long the end, or a hook process that is no longer needed, waits for hooks that run, in milliseconds. */
const lastHook = 2_000

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
  /** Resolves with the exit code when the last worker has gone. */
  readonly ended: Promise<number>
}

/** Who has asked for a reload and learns how that begins. */
export interface Asker {
  /** The settings are read; the rollout is asked for right after this. */
  onRead(): void
  /** There is no rollout, and everything stays as it is. */
  onRefusal(reason: string): void
}

/**
 * Starts the fleet: signals, messages, exits and timers become its events, and its effects are carried out.
 *
 * @param options.blueprint - what the first generation is made from
 * @param options.redraw - makes another one from settings read again, for a reload; when it throws, all stays as it is
 * @param options.relocate - makes it anew for an address that a script has chosen
 * @param options.write - takes what workers write to stderr
 * @param options.reopenLog - has the arbiter's log go on in a new file; throws if it can't
 */
export function startShell(options: {
  blueprint: Blueprint
  redraw: () => Promise<Blueprint>
  relocate: (address: string) => Promise<Blueprint>
  log: Logger
  listeners: Listeners
  write: (chunk: Buffer) => void
  reopenLog: () => void
}): Shell {
  const { log, listeners, write } = options
  const watcher = createWatcher(() => void reload(), log)
  const crew = createCrew({ listeners, log, write, tell: dispatch, report, onFiles: watcher.add })
  const ledger = createLedger()
  const appMetrics = createAppMetrics(crew.askMetrics)
  const blueprints = new Map([[1, options.blueprint]])
  const observers = new Set<Observer>([
    createJournal(log, crew.lastLines),
    rememberBlueprints,
    ledger.observe,
    appMetrics.observe,
    createServiceManager(
      process.env,
      () => fleet,
      (text) => log.warning(text),
    ),
    createHookObserver((generation) => blueprints.get(generation)?.hooks, describe),
  ])
  const environmentHook = createEnvironmentHook(log)
  const events: FleetEvent[] = []
  /** What the next generation is made from, or the newest one is. */
  let latest = options.blueprint
  let rolledOut = latest
  let fleet = createFleet(policyOf(latest.settings), latest.settings.workers)
  const reload = oneAtATime(readAndReload)
  /** Those whom the next reading of the settings serves. */
  let askers: Asker[] = []
  let timer: NodeJS.Timeout | undefined
  let finish: (exitCode: number) => void
  const ended = new Promise<number>((resolve) => {
    finish = resolve
  })

  /** An effect may bring the next event at once, so events wait their turn. */
  function dispatch(event: FleetEvent): void {
    events.push(event)
    if (events.length > 1) return
    for (let next = events[0]; next; next = events[0]) {
      const { fleet: after, effects } = step(fleet, next, performance.now())
      fleet = after
      for (const effect of effects) carryOut(effect)
      events.shift()
    }
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    if (fleet.wakeAt === Number.POSITIVE_INFINITY) return
    const wait = Math.max(1, Math.ceil(fleet.wakeAt - performance.now()))
    timer = setTimeout(() => dispatch({ type: 'wake' }), wait)
  }

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
      case 'move-address':
        void moveAddress(effect.address)
        return
      case 'release-listeners':
        listeners.release()
        return
      case 'notice':
        for (const observe of observers) observe(effect.notice, fleet)
        return
      case 'exit':
        log.info(summarizeExits(fleet.exits))
        void end(effect.code)
    }
  }

  /** The first generation listens at the address that its script has chosen, and nobody at the one before. */
  async function moveAddress(address: string): Promise<void> {
    try {
      latest = await options.relocate(address)
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error))
      dispatch({ type: 'address-refused', exitCode: error instanceof NworkersError ? error.exitCode : 1 })
      return
    }
    rolledOut = latest
    blueprints.set(fleet.goal, latest)
    giveUpSockets()
    dispatch({ type: 'address-moved' })
  }

  function spawn(effect: Effect & { type: 'spawn' }): void {
    const blueprint = blueprints.get(effect.generation) ?? latest
    const start = (made: Blueprint) => crew.spawn(effect, made, fleet.rollout?.target ?? fleet.target)
    if (blueprint.hooks?.has('preSpawn')) environmentHook.ask(blueprint, describe(fleet), effect, start)
    else start(blueprint)
  }

  /** Gives whether the worker had no process yet; then it gets none. */
  function cancelSpawn(id: number): boolean {
    const isCancelled = environmentHook.cancel(id)
    if (isCancelled) dispatch({ type: 'spawn-failed', id, message: 'it is no longer wanted' })
    return isCancelled
  }

  async function end(exitCode: number): Promise<void> {
    watcher.close()
    const hooks = blueprints.get(fleet.generation)?.hooks
    if (hooks) {
      await Promise.race([hooks.call('onExit', describe(fleet)), delay(lastHook, undefined, { ref: false })])
      await hooks.close(lastHook)
    }
    // A rollout that the stop has cut off may have one of its own; what runs there is of no interest any more.
    const others = new Set([...blueprints.values(), latest].flatMap((blueprint) => blueprint.hooks ?? []))
    await Promise.all([...others].map((other) => other.close(0)))
    finish(exitCode)
  }

  function describe(now: Fleet): ServerInfo {
    const { settings, sockets } = blueprints.get(now.generation) ?? latest
    return describeServer(settings, { fleet: now, sockets })
  }

  /** As at the final stop, what is queued at a socket that is given up is answered by who listened there last. */
  function drain({ id, last }: Effect & { type: 'drain' }): void {
    giveUpSockets()
    crew.drain(id, last || crew.isLastSomewhere(id), fleet.policy)
  }

  /** A worker that is replaced is made from the blueprint of its generation. */
  function rememberBlueprints(notice: Notice): void {
    switch (notice.type) {
      case 'reload-started':
        rolledOut = latest
        blueprints.set(notice.generation, latest)
        return
      case 'reload-failed':
        // A newer one may wait already.
        if (latest === rolledOut) {
          latest = blueprints.get(notice.stays) ?? latest
          dispatch({ type: 'retune', policy: policyOf(latest.settings) })
        }
        giveUpSockets()
        return
      case 'reload-done':
        giveUpSockets()
        return
    }
  }

  /** Gives up the sockets that belong neither to the generation that serves nor to one that is to follow. */
  function giveUpSockets(): void {
    if (fleet.stop) return
    const lasting = [fleet.generation, fleet.goal]
    for (const generation of blueprints.keys()) {
      if (lasting.includes(generation)) continue
      void blueprints.get(generation)?.hooks?.close(lastHook)
      blueprints.delete(generation)
    }
    const wanted = new Set<BoundAddress>([...blueprints.values(), latest].flatMap(({ sockets }) => sockets))
    for (const { url } of listeners.keep(wanted)) log.info(`No longer listening at: ${url}`)
    listeners.removeUnused(crew.uses)
  }

  function report(id: number, said: Report): void {
    const worker = fleet.workers.get(id)
    if (!worker) return
    if (said.type === 'beat') ledger.note(worker, said, performance.now())
    else appMetrics.take(id, said.families)
  }

  function watch(observer: Observer): () => void {
    observers.add(observer)
    return () => observers.delete(observer)
  }

  function heed(request: Request): void {
    switch (request) {
      case 'stop':
      case 'quit':
        dispatch({ type: 'stop', quick: request === 'quit' })
        return
      case 'reload':
        void reload()
        return
      case 'more':
      case 'fewer':
        dispatch({ type: 'scale', target: fleet.target + (request === 'more' ? 1 : -1) })
        return
      case 'reopen':
        reopenLogs()
        return
      case 'ignored':
        return
    }
  }

  async function readAndReload(): Promise<void> {
    const served = askers
    askers = []
    let next: Blueprint
    try {
      next = await options.redraw()
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (!fleet.stop) log.error(`Reload: ${text} Everything stays as it is.`)
      for (const asker of served) asker.onRefusal(text)
      return
    }
    if (fleet.stop) {
      for (const asker of served) asker.onRefusal('nworkers is stopping')
      return
    }
    const { workers } = next.settings
    // What TTIN and TTOU have set is taken back only by a new number.
    const isNew = workers !== latest.settings.workers
    latest = next
    watchBeside(next.settings)
    for (const asker of served) asker.onRead()
    dispatch({ type: 'reload', policy: policyOf(next.settings), ...(isNew && { target: workers }) })
  }

  /** What `--reload` watches besides what workers have loaded. */
  function watchBeside({ reload: isWatching, config, reloadExtraFile, chdir }: Settings): void {
    if (isWatching && config !== undefined) watcher.add([config])
    watcher.match(isWatching ? reloadExtraFile : [], chdir)
  }

  function reopenLogs(): void {
    try {
      options.reopenLog()
      // First the arbiter, which makes the file that workers may not be allowed to make.
      provideAccessLog(latest)
      crew.reopenLogs()
    } catch (error) {
      log.error(`The logs are not reopened: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  void latest.hooks?.call('nworkersChanged', describe(fleet), fleet.target, 0)
  watchBeside(latest.settings)
  dispatch({ type: 'start' })
  return {
    heed,
    fleet: () => fleet,
    blueprint: () => latest,
    isOpen: listeners.isOpen,
    records: ledger.records,
    dispatch,
    reload(asker) {
      askers.push(asker)
      void reload()
    },
    watch,
    trace: crew.trace,
    appMetrics,
    ended,
  }
}
