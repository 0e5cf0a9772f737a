import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { ownerOf } from '../config/owner.js'
import { createError } from '../errors.js'
import { createHookProcess, type HookProcess } from '../hooks/hook-process.js'
import { type HookName, isArbiterHook, isWorkerHook } from '../hooks/hooks.js'
import type { ScriptAddress, WantedAddress } from '../ipc/messages.js'
import { resolveIdentity } from '../machine/identity.js'
import type { Settings } from '../settings/settings.js'
import { type BindAddress, parseAddress, secureUrl } from '../sockets/address.js'
import type { BoundAddress } from '../sockets/bind.js'
import { credentialsOf } from '../tls/credentials.js'
import type { ArbiterLog } from './arbiter-log.js'
import type { Blueprint } from './blueprint.js'
import { describeUnfollowed } from './fixed-settings.js'
import type { Listeners } from './listeners.js'
import { provideAccessLog } from './log-file.js'
import { learn, unknownScript } from './script-address.js'
import { describeServer } from './server-info.js'

/** What a start or a reload is made from. */
export interface Configured {
  settings: Settings
  hooks: readonly HookName[]
}

/** Where blueprints are drawn. Each throws what is in the way, and then nothing has changed. */
export interface DrawingBoard {
  /** Tells the log of a socket that is opened for a blueprint. */
  announce(socket: BoundAddress): void
  /** The first one, once the hook `onStarting` has ended; undefined when a stop came before that. */
  first(): Promise<Blueprint | undefined>
  /** The same one with an address that its app listens at; itself if it has that already. */
  relocate(current: Blueprint, wanted: WantedAddress): Promise<Blueprint>
  /** One from settings that are read again, with what is known of the app's own addresses. */
  redraw(current: Blueprint): Promise<Blueprint>
}

/**
 * @param options.start - what the first blueprint is made from
 * @param options.cwd - where hooks run
 * @param options.isAddressOpen - no address was given: an app that listens by itself may choose its own
 * @param options.script - where it listened by itself before
 * @param options.resolve - reads the settings again
 */
export function createDrawingBoard(options: {
  start: Configured
  cwd: string
  isAddressOpen: boolean
  script: ScriptAddress | undefined
  resolve: () => Promise<Configured>
  listeners: Listeners
  output: ArbiterLog
  stop: AbortSignal
}): DrawingBoard {
  const { start, listeners, output, stop } = options
  const { log } = output
  let firstHooks: HookProcess | undefined
  let inForce = start.settings
  let isSecure = start.settings.certfile !== undefined

  async function startHooks({ settings, hooks: all }: Configured): Promise<HookProcess | undefined> {
    const path = settings.config
    const hooks = all.filter(isArbiterHook)
    if (path === undefined || hooks.length === 0) return undefined
    const identity = await ownerOf(path)
    const patience = settings.hookTimeout
    const { cwd } = options
    return createHookProcess({ path, hooks, patience, cwd, identity, log, onOutput: output.write })
  }

  async function draw(
    { settings, hooks: names }: Configured,
    hooks: HookProcess | undefined,
    known: ScriptAddress,
    onBusy: (text: string) => void,
  ): Promise<Blueprint> {
    const identity = await resolveIdentity(settings)
    const credentials = await credentialsOf(settings, log.warning)
    isSecure = credentials !== undefined
    provideAccessLog({ settings, identity })
    // A config file may give an address later.
    const mayChoose = options.isAddressOpen && isDeepStrictEqual(settings.bind, start.settings.bind)
    const script = { ...known, mayChoose }
    const sockets = await listeners.open(addressesOf(settings, script), identity, { onBusy, stop })
    const workerHooks = names.filter(isWorkerHook)
    return { settings, identity, sockets, script, credentials, hooks, workerHooks }
  }

  return {
    announce({ url }) {
      log.info(`Listening at: ${isSecure ? secureUrl(url) : url} (${process.pid})`)
    },
    async first() {
      firstHooks = await startHooks(start)
      if (firstHooks) {
        const { settings } = start
        await Promise.race([firstHooks.call('onStarting', describeServer(settings)), aborted(stop)])
      }
      try {
        if (!stop.aborted) return await draw(start, firstHooks, options.script ?? unknownScript, log.warning)
      } catch (error) {
        void firstHooks?.close(0)
        throw error
      }
      void firstHooks?.close(0)
      return undefined
    },
    async relocate(current, wanted) {
      const script = learn(current.script, wanted)
      if (script === current.script) return current
      const addresses = addressesOf(current.settings, script)
      const sockets = await listeners.open(addresses, current.identity, { onBusy: log.warning, stop })
      return { ...current, script, sockets }
    },
    async redraw(current) {
      const next = await options.resolve()
      output.follow(next.settings)
      try {
        const drawn = await draw(next, await startHooks(next), current.script, log.debug)
        inForce = next.settings
        for (const text of describeUnfollowed(start.settings, next.settings)) log.warning(text)
        return drawn
      } catch (error) {
        output.follow(inForce)
        throw error
      }
    },
  }
}

/** Where the arbiter listens: at what was given, or the script has chosen in its place, and then at its further addresses. */
function addressesOf({ bind }: Settings, { mayChoose, chosen, further }: ScriptAddress): BindAddress[] {
  const given = mayChoose && chosen !== undefined ? [addressOf(chosen)] : bind
  return [...given, ...further.map(addressOf)]
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
