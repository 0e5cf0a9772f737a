import { createServer, type Server } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { App } from '../app/app.js'
import type { ListenOptions, ListenPolicy } from '../app/listening.js'
import { isNodeServer } from '../app/node-server.js'
import type { BootMessage, InheritedListener, WantedAddress } from '../ipc/messages.js'
import type { Logger } from '../observe/logger.js'
import { type BindAddress, bindText } from '../sockets/address.js'
import { send } from './channel.js'
import { addressOf, failCall, giveSocket, leadAstray } from './listen-call.js'

/** What becomes of an app's own calls of `listen()`. */
export interface Script {
  readonly policy: ListenPolicy
  /**
   * Which servers are to accept from which sockets. Resolves when every socket that the arbiter holds for the app by its
   * own wish has its server.
   */
  settle(app: App): Promise<ReadonlyMap<Server, InheritedListener[]>>
  /** The app is served. From now on a wish for another socket does not end the worker at once. */
  begin(): void
}

/** How long the app may take to listen at an address that is held for it before that is told, in milliseconds. */
const patience = 5_000

/**
 * The first HTTP server that listens gets the sockets that were given. One that listens at an address of its own, since
 * there are several or nobody gave any, gets the socket that the arbiter holds for it. Where there is none yet, the worker
 * says so: one that boots ends at once, to be started again with it, one that serves awaits its successor. Port 0, private
 * ports and servers that don't speak HTTP stay the worker's own.
 *
 * @param onServed - called with each server before it listens
 */
export function createScript(
  { purpose, generation, listeners, script, settings }: BootMessage,
  onServed: (server: Server) => void,
  log: Logger,
): Script {
  const { app: name, privatePort } = settings
  const { mayChoose, chosen, further } = script
  const given = listeners.slice(0, listeners.length - further.length)
  const held = listeners.slice(given.length)
  const claims = new Map<InheritedListener, Server>()
  const ports = new Set<unknown>()
  const standIns = new WeakSet<object>()
  const asked = new Set<string>()
  let exported: App | undefined
  let isServing = false
  let onClaim = () => {}

  function policy(server: object, options: ListenOptions): server is Server {
    const address = addressOf(options)
    if (address === undefined || !isNodeServer(server)) return false
    if (address.kind === 'tcp' && privatePort.includes(address.port)) {
      // A check must not disturb what serves at the same time.
      if (purpose === 'check') options.port = 0
      return false
    }
    if (purpose === 'check') {
      send({ type: 'loaded', kind: 'script' })
      process.exit(0)
    }
    if ([...claims.values()].includes(server))
      refuse(
        `listens a second time, at ${bindText(address)}, with one server, and nworkers serves the first address. ` +
          'Make another server for the second one.',
      )
    if (address.kind === 'tcp' && ports.has(options.port)) {
      // Frameworks listen at every address of a name, and go on where one of them is not to be had.
      failCall(options)
      return false
    }
    const listener = listenerFor(address)
    if (listener === undefined) wish(server, bindText(address), options)
    else claim(server, listener, options)
    return listener !== undefined && exported === undefined && claims.size === 1
  }

  function listenerFor(address: BindAddress): InheritedListener | undefined {
    const own = held[further.indexOf(bindText(address))]
    if (own !== undefined || exported !== undefined) return own
    if (mayChoose) return bindText(address) === chosen ? given[0] : undefined
    // Where several are given, they may be meant for several servers.
    const same = given.find(
      (listener) =>
        address.kind === 'tcp' && !claims.has(listener) && listener.url.endsWith(`:${address.port}`),
    )
    return same ?? (hasGiven() ? undefined : given[0])
  }

  function hasGiven(): boolean {
    return given.some((listener) => claims.has(listener))
  }

  function claim(server: Server, listener: InheritedListener, options: ListenOptions): void {
    claims.set(listener, server)
    ports.add(options.port)
    giveSocket(options, listener.fd)
    onServed(server)
    onClaim()
  }

  function wish(server: Server, address: string, options: ListenOptions): void {
    if (exported !== undefined && (standIns.has(server) || serves(server, exported))) {
      // Clients of later generations know the address that serves.
      const mayListen = !mayChoose || chosen === address || (chosen === undefined && generation === 1)
      if (mayListen) ask({ address, how: 'late' }, options)
      else ignore(address, options)
      return
    }
    const isFirst = mayChoose && chosen === undefined && exported === undefined
    const moves = mayChoose && chosen !== undefined && exported === undefined && !hasGiven() && generation > 1
    if (moves) refuse(`listens at ${address} by itself, but ${chosen} serves already. ${settled}`)
    ask({ address, how: isFirst ? 'first' : 'further' }, options)
  }

  /** The message is written to the channel at once, and nothing of an app that boots may run after it. */
  function ask(wanted: WantedAddress, options: ListenOptions): void {
    const { address } = wanted
    const message =
      `${name} listens at ${address} by itself, and that can't be had: another address serves already, or it asks for ` +
      `another one each time. ${settled}`
    if (!asked.has(address)) send({ type: 'address-needed', wanted, message })
    if (!isServing) process.exit(0)
    asked.add(address)
    leadAstray(options)
  }

  function ignore(address: string, options: ListenOptions): void {
    leadAstray(options)
    log.warning(
      `${name} listens at ${address} by itself, when what it exports serves already elsewhere: so nobody comes to ` +
        `${address}. ${settled}`,
    )
  }

  function refuse(what: string): never {
    send({ type: 'failed', code: 'NWORKERS_E_BOOT', exitCode: 3, message: `${name} ${what}` })
    process.exit(3)
  }

  async function settle(app: App): Promise<ReadonlyMap<Server, InheritedListener[]>> {
    if (app.kind !== 'script') exported = app
    await untilClaimed(() => {
      const missing = further.filter((_, index) => !claims.has(held[index] as InheritedListener))
      return exported !== undefined || hasGiven() ? missing : [...missing, chosen ?? 'the address of --bind']
    })
    // A call of listen() that fails is heard of in the next turn, and fails the boot if the app does not see to it.
    await setImmediate()
    const main =
      exported?.server ?? given.map((listener) => claims.get(listener)).find(isDefined) ?? app.server
    const sockets = new Map<Server, InheritedListener[]>()
    for (const listener of listeners) {
      const server = claims.get(listener) ?? main
      sockets.set(server, [...(sockets.get(server) ?? []), listener])
    }
    return sockets
  }

  async function untilClaimed(missing: () => string[]): Promise<void> {
    if (missing().length === 0) return
    const timer = setTimeout(() => {
      log.warning(
        `${name} does not listen at ${missing().join(', ')}, as it did before; it is not ready until it does. ${settled}`,
      )
    }, patience)
    await new Promise<void>((resolve) => {
      onClaim = () => {
        if (missing().length === 0) resolve()
      }
    })
    clearTimeout(timer)
  }

  function begin(): void {
    isServing = true
    if (exported !== undefined) hearSecondCall(exported.server)
  }

  /** Node refuses the second call of a server before anybody learns of it, so the call is made of another one. */
  function hearSecondCall(server: Server): void {
    Reflect.set(server, 'listen', (...details: unknown[]) => {
      const standIn = createServer()
      standIns.add(standIn)
      Reflect.apply(standIn.listen, standIn, details)
      return server
    })
  }

  return { policy, settle, begin }
}

const settled =
  'An address that the app chooses is settled at the start: start nworkers again, or give the address with --bind, ' +
  'which then holds for every release.'

/** Whether the server is one that the exported app has made for itself, as `listen` of express does. */
function serves(server: Server, { exported }: App): boolean {
  return server.listeners('request').some((listener) => listener === exported)
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined
}
