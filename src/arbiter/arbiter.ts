import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { ownerOf } from '../config/owner.js'
import type { Door } from '../control/door.js'
import { createError, NworkersError } from '../errors.js'
import { createHookProcess, type HookProcess } from '../hooks/hook-process.js'
import { type HookName, isArbiterHook, isWorkerHook } from '../hooks/hooks.js'
import { resolveIdentity } from '../machine/identity.js'
import type { Logger } from '../observe/logger.js'
import type { Settings } from '../settings/settings.js'
import { type BindAddress, parseAddress, secureUrl } from '../sockets/address.js'
import { unusedSockets } from '../sockets/inherited.js'
import { passedSockets } from '../systemd/activation.js'
import { credentialsOf } from '../tls/credentials.js'
import { openArbiterLog } from './arbiter-log.js'
import type { Blueprint } from './blueprint.js'
import { describeUnfollowed } from './fixed-settings.js'
import { describeMissingInit } from './init-process.js'
import { createListeners } from './listeners.js'
import { provideAccessLog } from './log-file.js'
import { createPidfile } from './pidfile.js'
import { describeServer } from './server-info.js'
import { startShell } from './shell.js'
import { hearSignals, type Request } from './signals.js'

/** How long the end waits for a slow reader of the log, in milliseconds. */
const lastFlush = 1_000

/** What a start or a reload is made from. */
interface Configured {
  settings: Settings
  hooks: readonly HookName[]
}

/**
 * Runs the arbiter in this process until it is stopped.
 *
 * @param start.settings - what to start with, with the hooks that its config file has
 * @param start.cwd - where the config file is evaluated
 * @param start.resolve - reads the settings again, for SIGHUP; when it throws, everything stays as it is
 * @param start.isAddressOpen - no address was given: an app that listens by itself may choose its own
 * @returns the exit code
 * @throws NWORKERS_E_LOG_FILE when the log can't be opened, so that there is nowhere else to say it
 */
export async function runArbiter(
  start: Configured & {
    cwd: string
    isAddressOpen: boolean
    resolve: (options: { onOutput: (chunk: Buffer) => void; stop: AbortSignal }) => Promise<Configured>
  },
): Promise<number> {
  const { settings } = start
  const output = openArbiterLog(settings, process.pid)
  const { log } = output
  const cleanUp: Array<() => void> = []
  process.title = `nworkers: arbiter [${settings.name}]`

  const missingInit = describeMissingInit(process.pid)
  if (missingInit !== undefined) log.warning(missingInit)

  // Until the fleet is there, what signals ask for is kept.
  const early: Request[] = []
  let heed = (request: Request): void => void early.push(request)
  const stop = new AbortController()
  hearSignals((request, signal) => {
    log.info(`Handling signal: ${signal.slice(3).toLowerCase()}`)
    if (request === 'stop' || request === 'quit') stop.abort()
    heed(request)
  })

  try {
    if (settings.pid !== undefined) {
      const pidfile = createPidfile(settings.pid, process.pid)
      cleanUp.push(() => pidfile.remove())
    }
    const passed = passedSockets(process.env, process.pid)
    let isSecure = settings.certfile !== undefined
    const listeners = createListeners(passed, ({ url }) =>
      log.info(`Listening at: ${isSecure ? secureUrl(url) : url} (${process.pid})`),
    )
    cleanUp.push(() => {
      // A handle that is open at the end of the process would take the path of a successor's socket with it.
      listeners.release()
      listeners.removeUnused(() => false)
    })
    const hookProcess = async (from: Configured): Promise<HookProcess | undefined> => {
      const path = from.settings.config
      const hooks = from.hooks.filter(isArbiterHook)
      if (path === undefined || hooks.length === 0) return undefined
      const identity = await ownerOf(path)
      return createHookProcess({ path, hooks, cwd: start.cwd, identity, log, onOutput: output.write })
    }
    let chosen: string | undefined
    const draw = async (
      from: Configured,
      hooks: HookProcess | undefined,
      onBusy: (text: string) => void,
    ): Promise<Blueprint> => {
      const identity = await resolveIdentity(from.settings)
      const credentials = await credentialsOf(from.settings, log.warning)
      isSecure = credentials !== undefined
      provideAccessLog({ settings: from.settings, identity })
      // A config file may give an address later.
      const mayChoose = start.isAddressOpen && isDeepStrictEqual(from.settings.bind, settings.bind)
      const bind = mayChoose && chosen !== undefined ? [addressOf(chosen)] : from.settings.bind
      const sockets = await listeners.open(bind, identity, { onBusy, stop: stop.signal })
      return {
        settings: from.settings,
        identity,
        sockets,
        script: { mayChoose, chosen },
        credentials,
        hooks,
        workerHooks: from.hooks.filter(isWorkerHook),
      }
    }
    const relocate = (address: string) => {
      chosen = address
      return draw(start, hooks, log.warning)
    }
    const hooks = await hookProcess(start)
    if (hooks) {
      cleanUp.push(() => void hooks.close(0))
      await Promise.race([hooks.call('onStarting', describeServer(settings)), aborted(stop.signal)])
    }
    if (stop.signal.aborted) return 0
    const blueprint = await draw(start, hooks, log.warning)
    const doors = await openDoors(settings, log)
    cleanUp.push(doors.close)
    if (stop.signal.aborted) return 0
    for (const { fd, name } of unusedSockets(settings.bind, passed)) {
      log.warning(
        `systemd passed a socket that no --bind names: ${name}. Without --bind all are used, or add --bind fd://${fd}.`,
      )
    }
    const resolve = () => start.resolve({ onOutput: output.write, stop: stop.signal })
    let drawn = blueprint
    const redraw = async (): Promise<Blueprint> => {
      const next = await resolve()
      output.follow(next.settings)
      try {
        drawn = await draw(next, await hookProcess(next), log.debug)
      } catch (error) {
        output.follow(drawn.settings)
        throw error
      }
      for (const text of describeUnfollowed(settings, next.settings)) log.warning(text)
      return drawn
    }
    const { write, reopen } = output
    const shell = startShell({ blueprint, redraw, relocate, log, listeners, write, reopenLog: reopen })
    heed = shell.heed
    doors.open(shell)
    for (const request of early) heed(request)
    return await shell.ended
  } catch (error) {
    if (stop.signal.aborted) return 0
    if (!(error instanceof NworkersError)) throw error
    log.error(error.message)
    return error.exitCode
  } finally {
    heed = () => {}
    stop.abort()
    for (const undo of cleanUp.reverse()) undo()
    log.info('Shutting down: arbiter')
    await output.flush(lastFlush)
  }
}

/** What lets operators in is only loaded where they ask for it. */
async function openDoors({ controlSocket, admin }: Settings, log: Logger): Promise<Door> {
  if (controlSocket === undefined && !admin) return { open() {}, close() {} }
  const { openAll } = await import('../control/door.js')
  return await openAll({ controlSocket, admin }, log)
}

/** The address that a worker has told. */
function addressOf(text: string): BindAddress {
  const address = parseAddress(text)
  if (address === undefined) throw createError('NWORKERS_E_ADDRESS', text, 'it is no address')
  return address
}

/** Resolves when a stop is asked for. */
function aborted(stop: AbortSignal): Promise<unknown> {
  return stop.aborted ? Promise.resolve() : once(stop, 'abort')
}
