import type { Server } from 'node:http'
import type { ListenOptions, ListenPolicy } from '../app/listening.js'
import { isNodeServer } from '../app/node-server.js'
import type { BootMessage } from '../ipc/messages.js'
import { type BindAddress, bindText } from '../sockets/address.js'
import { send } from './channel.js'

/** A descriptor that no process has, so that listening at it fails. */
const noDescriptor = 2 ** 31 - 1

/**
 * What becomes of a script's own calls of `listen()`. The first HTTP server that listens gets the arbiter's socket. When
 * the arbiter chose no address of its own and does not hold the script's, the worker says so and ends: the arbiter binds
 * it and starts it again. Port 0, private ports and servers that don't speak HTTP stay the worker's own.
 *
 * @param onServed - called with the server before it listens
 */
export function scriptPolicy(message: BootMessage, onServed: (server: Server) => void): ListenPolicy {
  const { purpose, listeners, script, settings } = message
  let served: { server: object; port: unknown } | undefined

  return (server, options): server is Server => {
    const address = addressOf(options)
    if (address === undefined || !isNodeServer(server)) return false
    if (address.kind === 'tcp' && settings.privatePort.includes(address.port)) {
      // A check must not disturb what serves at the same time.
      if (purpose === 'check') options.port = 0
      return false
    }
    if (purpose === 'check') {
      send({ type: 'loaded', kind: 'script' })
      process.exit(0)
    }
    if (served !== undefined) {
      if (served.server === server || served.port !== options.port) refuseSecond(settings.app, address)
      // Frameworks listen at every address of a name, and go on where one of them is not to be had.
      options.fd = noDescriptor
      return false
    }
    const wanted = bindText(address)
    if (script.mayChoose && script.chosen !== wanted) needAddress(settings.app, wanted, script.chosen)
    served = { server, port: options.port }
    options.fd = listeners[0]?.fd
    onServed(server)
    return true
  }
}

/** The address that the worker would bind; undefined for what is its own, or is no address at all. */
function addressOf({ host, port, path, fd }: ListenOptions): BindAddress | undefined {
  if (typeof fd === 'number') return undefined
  if (typeof path === 'string' && path !== '') return { kind: 'unix', path }
  const number = Number(port)
  if (!Number.isInteger(number) || number <= 0 || number > 65_535) return undefined
  // Without a host Node listens at every address, IPv6 and IPv4.
  return { kind: 'tcp', host: typeof host === 'string' && host !== '' ? host : '::', port: number }
}

// The messages below are written to the channel at once, and nothing of the app may run after them.

function needAddress(app: string, address: string, chosen: string | undefined): never {
  const where = chosen === undefined ? 'another address serves already' : `${chosen} serves already`
  send({
    type: 'address-needed',
    address,
    message:
      `${app} listens at ${address} by itself, but ${where}. An address that the app chooses is settled at the start: ` +
      'start nworkers again, or give the address with --bind, which then holds for every release.',
  })
  process.exit(0)
}

function refuseSecond(app: string, address: BindAddress): never {
  const port = address.kind === 'tcp' ? ` If only you ask it, say --private-port ${address.port}.` : ''
  send({
    type: 'failed',
    code: 'NWORKERS_E_BOOT',
    exitCode: 3,
    message:
      `${app} listens a second time, at ${bindText(address)}, and nworkers serves one server of an app. ` +
      `Make it one server, or run the other as an app of its own.${port}`,
  })
  process.exit(3)
}
