import type { SendHandle } from 'node:child_process'
import net from 'node:net'
import { getSystemErrorName } from 'node:util'
import { once } from './once.js'

/** A socket that is bound and does not listen. It does not keep the event loop alive. */
export interface BoundHandle {
  /** Closed on exec; a child gets it through `stdio`. */
  readonly fd: number
  /** What `send` of a child process takes to give it a copy of the socket. Not after `close`. */
  share(): SendHandle
  /** The real port, also where port 0 was asked for; undefined for a unix socket. */
  readonly port: number | undefined
  /** Closes the descriptor. For a unix socket libuv then also unlinks the path that was bound, whoever owns it by now. */
  close(): void
}

export type Endpoint = { host: string; family: 4 | 6; port: number } | { path: string }

/** The documented class of Node 24.21 and 26; see `net.BoundSocket` in Node's manual. */
type BoundSocketClass = new (
  options: { host: string; port: number } | { path: string },
) => {
  address(): { port: number } | string
  fd(): number
  close(): void
}

interface SocketName {
  address?: string
  port?: number
}

/** What `node:cluster` binds with in every Node line: a handle, or a negative error number. */
type CreateServerHandle = (
  address: string | null,
  port: number,
  addressType: 4 | 6 | -1,
  fd?: number,
  flags?: number,
) => number | { fd: number; getsockname?: (out: SocketName) => number; close(): void }

/**
 * Binds a numeric address or a path and never listens.
 * Throws an error with the `code` of the system: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`…
 */
export function bindHandle(endpoint: Endpoint): BoundHandle {
  const boundSocket: unknown = Reflect.get(net, 'BoundSocket')
  return typeof boundSocket === 'function'
    ? bindWithClass(boundSocket as BoundSocketClass, endpoint)
    : bindWithMaker(Reflect.get(net, '_createServerHandle') as CreateServerHandle, endpoint)
}

/**
 * Takes over a socket that was bound elsewhere; its host is undefined for a unix socket. Closing it leaves the path of a
 * unix socket alone, which libuv removes only where it has bound it itself.
 */
export function adoptHandle(fd: number): BoundHandle & { host: string | undefined } {
  const handle = openDescriptor(fd)
  const name: SocketName = {}
  handle.getsockname?.(name)
  return {
    fd,
    share: () => handle as unknown as SendHandle,
    host: name.address,
    port: name.port,
    close: () => handle.close(),
  }
}

function bindWithClass(BoundSocket: BoundSocketClass, endpoint: Endpoint): BoundHandle {
  const socket = new BoundSocket(
    'path' in endpoint ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port },
  )
  const address = socket.address()
  return {
    fd: socket.fd(),
    share: once(() => shareDescriptor(socket.fd())),
    port: typeof address === 'string' ? undefined : address.port,
    close: () => socket.close(),
  }
}

function bindWithMaker(createServerHandle: CreateServerHandle, endpoint: Endpoint): BoundHandle {
  const handle =
    'path' in endpoint
      ? createServerHandle(endpoint.path, -1, -1)
      : createServerHandle(endpoint.host, endpoint.port, endpoint.family, undefined, 0)
  if (typeof handle === 'number') throw systemError(handle)
  const share = () => handle as unknown as SendHandle
  if ('path' in endpoint) return { fd: handle.fd, share, port: undefined, close: () => handle.close() }

  // libuv holds EADDRINUSE of a TCP bind back until the socket is used for the first time.
  const name: SocketName = {}
  const error = handle.getsockname?.(name) ?? 0
  if (error !== 0) {
    handle.close()
    throw systemError(error)
  }
  return { fd: handle.fd, share, port: name.port, close: () => handle.close() }
}

/**
 * A bound socket can't be sent itself; a handle of node:cluster's kind on its descriptor can. The handle is never closed,
 * since the descriptor is not its own.
 */
function shareDescriptor(fd: number): SendHandle {
  return openDescriptor(fd) as unknown as SendHandle
}

function openDescriptor(fd: number): Exclude<ReturnType<CreateServerHandle>, number> {
  const createServerHandle = Reflect.get(net, '_createServerHandle') as CreateServerHandle
  const handle = createServerHandle(null, 0, -1, fd, 0)
  if (typeof handle === 'number') throw systemError(handle)
  return handle
}

function systemError(number: number): Error {
  const code = getSystemErrorName(number)
  return Object.assign(new Error(`bind ${code}`), { code, errno: number, syscall: 'bind' })
}
