import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { isIP } from '../../sockets/ip.js'
import type { AddressTest } from '../../sockets/networks.js'

/** Where requests come from, for the access log alone: what the app makes of such headers is for its framework to say. */
export interface Origin {
  /**
   * The address of the client; undefined on a unix socket whose proxy tells none. Node keeps the peer's beyond the
   * connection if it was asked for before.
   */
  address(request: IncomingMessage): string | undefined
  scheme(request: IncomingMessage): 'http' | 'https'
  /** The version of HTTP that the client has spoken: an app gets requests of `--http2` as ones of HTTP/1.1. */
  protocol(request: IncomingMessage): string
}

/** What holds for all requests of a connection. */
interface Peer {
  readonly address: string | undefined
  readonly isTrusted: boolean
  readonly scheme: 'http' | 'https'
  readonly isHttp2: boolean
}

/**
 * An origin that believes `X-Forwarded-For` and `X-Forwarded-Proto` of trusted peers. Each proxy adds the address of its
 * own peer at the end, so the client is the last one that is not trusted itself; what is before it anybody may have sent.
 */
export function originBehind(isTrusted: AddressTest): Origin {
  // Kept on the socket: to find out anew for each request costs more than the rest of its line.
  const known = Symbol('nworkers.peer')

  function peerOf({ socket }: { socket: Socket & { [known]?: Peer } }): Peer {
    const peer = socket[known]
    if (peer !== undefined) return peer
    const { remoteAddress: address } = socket
    const found: Peer = {
      address,
      isTrusted: isTrusted(address),
      scheme: Reflect.get(socket, 'encrypted') === true ? 'https' : 'http',
      isHttp2: Reflect.get(socket, 'alpnProtocol') === 'h2',
    }
    socket[known] = found
    return found
  }

  return {
    address(request) {
      const peer = peerOf(request)
      let client = peer.address
      if (!peer.isTrusted) return client
      for (const item of items(request.rawHeaders, 'x-forwarded-for').reverse()) {
        const address = withoutPort(item)
        if (!isAddress(address)) break
        client = address
        if (!isTrusted(address)) break
      }
      return client
    },
    scheme(request) {
      const peer = peerOf(request)
      if (!peer.isTrusted) return peer.scheme
      const told = items(request.rawHeaders, 'x-forwarded-proto').at(-1)?.toLowerCase()
      return told === 'http' || told === 'https' ? told : peer.scheme
    },
    protocol: (request) => `HTTP/${peerOf(request).isHttp2 ? '2.0' : request.httpVersion}`,
  }
}

/** The parts of a header that is a list, and may be there several times. Node's `headers` would be made for it alone. */
function items(raw: readonly string[], header: string): string[] {
  const found: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]
    if (name?.length === header.length && name.toLowerCase() === header) {
      for (const item of raw[index + 1]?.split(',') ?? []) found.push(item.trim())
    }
  }
  return found
}

/** A zone, which only means something on the machine that it is of, could hold any character. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%')
}

/** Some proxies add the port: `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
function withoutPort(item: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(item)?.[1] ?? /^([\d.]+):\d+$/.exec(item)?.[1] ?? item
}
