import { isIPv4 } from 'node:net'
import { isIPv6 } from './ip.js'

/** Where a socket listens. */
export type ListenAddress = TcpAddress | { kind: 'unix'; path: string }

export interface TcpAddress {
  kind: 'tcp'
  /** A name or a numeric address, IPv6 without brackets. */
  host: string
  port: number
}

/** An address to bind, as `--bind` names it: one of its own, or a socket that was passed to this process. */
export type BindAddress =
  | ListenAddress
  | { kind: 'fd' /** The number of a descriptor, or the name that systemd gives it. */; name: string }

const anyInterface = '0.0.0.0'
const localInterface = '127.0.0.1'

/** The names that systemd allows, see sd_listen_fds_with_names(3); all numbers are among them. */
const passedName = /^(?!0\d|[012]$)[^:\p{Cc}]{1,255}$/u

/**
 * Reads `HOST:PORT`, `[v6]:PORT`, `:PORT` (every interface), `PORT` (this machine alone), `unix:PATH`,
 * `unix://PATH`, `fd://NUMBER` or `fd://NAME`. Anything else is undefined.
 */
export function parseAddress(text: string): BindAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.replace(/^unix:(?:\/\/)?/, '')
    return path === '' || path.includes('\0') ? undefined : { kind: 'unix', path }
  }
  if (text.startsWith('fd://')) {
    const name = text.slice('fd://'.length)
    return passedName.test(name) ? { kind: 'fd', name } : undefined
  }
  const [, name, digits] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? []
  const host = parseHost(name)
  const port = Number(digits)
  return host !== undefined && port <= 65_535 ? { kind: 'tcp', host, port } : undefined
}

function parseHost(name: string | undefined): string | undefined {
  if (name === undefined) return localInterface
  if (name === '') return anyInterface
  if (name.startsWith('[') && name.endsWith(']')) {
    const address = name.slice(1, -1)
    return isIPv6(address) ? address : undefined
  }
  if (/^[\d.]+$/.test(name)) return isIPv4(name) ? name : undefined
  return /^[\w.-]+$/.test(name) ? name : undefined
}

/** How logs name an address: `http://127.0.0.1:8000`, `http://[::1]:8000`, `unix:/run/app.sock`, `fd://3`. */
export function formatAddress(address: BindAddress): string {
  return address.kind === 'tcp' ? `http://${bindText(address)}` : bindText(address)
}

/** How logs name an address at which TLS is spoken; `url` is how they name it else. */
export function secureUrl(url: string): string {
  return url.replace(/^http:/, 'https:')
}

/** The text that `--bind` takes for this address. */
export function bindText(address: BindAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  if (address.kind === 'fd') return `fd://${address.name}`
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}
