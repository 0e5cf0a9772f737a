import type { Identity } from '../machine/identity.js'
import type { Logger } from '../observe/logger.js'
import type { Settings } from '../settings/settings.js'
import { createCrew } from './crew.js'
import type { Effect, FleetEvent, Notice } from './fleet/event.js'
import { createFleet, step } from './fleet/fleet.js'
import { createJournal, summarizeExits } from './journal.js'
import type { Listeners } from './listeners.js'
import type { Observer } from './observer.js'
import { policyOf } from './policy.js'
import { createServiceManager } from './service-manager.js'
import type { Request } from './signals.js'

/** The shell around the pure fleet. */
export interface Shell {
  heed(request: Request): void
  /** Resolves with the exit code when the last worker has gone. */
  readonly ended: Promise<number>
}

/**
 * Starts the fleet: signals, messages, exits and timers become its events, and its effects are carried out.
 *
 * @param options.resolve - reads the settings again, for a reload; when it throws, everything stays as it is
 */
export function startShell(options: {
  settings: Settings
  resolve: () => Promise<Settings>
  log: Logger
  listeners: Listeners
  identity: Identity
  stderr: (chunk: Buffer) => void
}): Shell {
  const { log, listeners, identity, stderr } = options
  const crew = createCrew({ listeners, identity, log, stderr, tell: dispatch })
  const generations = new Map([[1, options.settings]])
  const observers: readonly Observer[] = [
    createJournal(log, crew.lastLines),
    rememberSettings,
    createServiceManager(
      process.env,
      () => fleet,
      (text) => log.warning(text),
    ),
  ]
  const events: FleetEvent[] = []
  let latest = options.settings
  let fleet = createFleet(policyOf(latest), latest.workers)
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
        crew.spawn(effect, generations.get(effect.generation) ?? latest, fleet.target)
        return
      case 'drain':
        crew.drain(effect.id, effect.last, fleet.policy)
        return
      case 'quit':
        crew.quit(effect.id)
        return
      case 'examine':
        crew.examine(effect.id)
        return
      case 'kill':
        crew.kill(effect.id)
        return
      case 'release-listeners':
        listeners.release()
        return
      case 'notice':
        for (const observe of observers) observe(effect.notice, fleet)
        return
      case 'exit':
        log.info(summarizeExits(fleet.exits))
        finish(effect.code)
    }
  }

  /** A worker that is replaced is made with the settings of its generation. */
  function rememberSettings(notice: Notice): void {
    switch (notice.type) {
      case 'reload-started':
        generations.set(notice.generation, latest)
        return
      case 'reload-failed':
        generations.delete(notice.generation)
        return
      case 'reload-done':
        for (const generation of generations.keys()) {
          if (generation !== notice.generation) generations.delete(generation)
        }
        return
    }
  }

  function heed(request: Request): void {
    switch (request) {
      case 'stop':
      case 'quit':
        dispatch({ type: 'stop', quick: request === 'quit' })
        return
      case 'reload':
        reload().catch((error: unknown) => {
          const text = error instanceof Error ? error.message : String(error)
          log.error(`Reload: the settings can't be read: ${text} Everything stays as it is.`)
        })
        return
      case 'more':
      case 'fewer':
        dispatch({ type: 'scale', target: fleet.target + (request === 'more' ? 1 : -1) })
        return
      case 'reopen':
      case 'ignored':
        return
    }
  }

  async function reload(): Promise<void> {
    const { bind, workers } = options.settings
    latest = { ...(await options.resolve()), bind, workers }
    dispatch({ type: 'reload', policy: policyOf(latest) })
  }

  dispatch({ type: 'start' })
  return { heed, ended }
}
