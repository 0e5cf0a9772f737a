import type { ListenOptions } from '../app/listening.js'
import type { BindAddress } from '../sockets/address.js'

/** A descriptor that no process has, so that listening at it fails. */
const noDescriptor = 2 ** 31 - 1

/** The address that a call of `listen()` would bind; undefined for what is the worker's own, or is no address at all. */
export function addressOf({ host, port, path, fd }: ListenOptions): BindAddress | undefined {
  if (typeof fd === 'number') return undefined
  if (typeof path === 'string' && path !== '') return { kind: 'unix', path }
  const number = Number(port)
  if (!Number.isInteger(number) || number <= 0 || number > 65_535) return undefined
  // Without a host Node listens at every address, IPv6 and IPv4.
  return { kind: 'tcp', host: typeof host === 'string' && host !== '' ? host : '::', port: number }
}

/** Has the call take this socket. */
export function giveSocket(options: ListenOptions, fd: number): void {
  options.fd = fd
}

/** Has the call fail, as it does at an address that is not to be had. */
export function failCall(options: ListenOptions): void {
  options.fd = noDescriptor
}

/** Has the call succeed where nobody comes. */
export function leadAstray(options: ListenOptions): void {
  delete options.path
  options.host = '127.0.0.1'
  options.port = 0
}
