import type { SendHandle } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { createError, type NworkersError } from '../errors.js'
import { formatAddress, type ListenAddress } from './address.js'
import { bindHandle } from './handle.js'
import type { Holder } from './holder.js'
import { isIP } from './ip.js'
import { once } from './once.js'
import { bindPath, PathRefused } from './unix.js'

/** A socket that the arbiter has bound and never listens on; workers get copies of it. */
export interface BoundAddress {
  /** Closed on exec; goes to a worker through `stdio`. */
  readonly fd: number
  /** What `send` of a child process takes to give it one more copy. Not after `close`. */
  share(): SendHandle
  /** With the numeric host and the real port. */
  readonly address: ListenAddress
  /** How logs name it. */
  readonly url: string
  /** Closes this process's copy. The path of a unix socket stays, and copies elsewhere serve on. */
  close(): void
  /** Takes the lock beside the path of a unix socket from the arbiter that hands it over, or hands it back. */
  claim(other: number): void
  /** Gives up what `claim` has taken. */
  disclaim(): void
  /**
   * Removes the path of a unix socket, if it is ours and still leads to this socket. Not after the socket was handed over to
   * another arbiter. A process that has neither called `close` nor this must end by `process.exit`: a natural end closes the
   * handle, and libuv then removes the path.
   */
  remove(): void
}

export interface BindOptions {
  /** Told each time the address is taken and tried again later. */
  onBusy?: (text: string) => void
  /** Waits this many milliseconds. What it throws ends the attempt. */
  wait?: (milliseconds: number) => Promise<unknown>
}

/** The predecessor of a killed arbiter's successor may still be draining its workers. */
const tries = 5
const pause = 1000

/** Binds an address. Throws `NWORKERS_E_ADDRESS_IN_USE` after five tries a second apart, or `NWORKERS_E_ADDRESS`. */
export async function bindAddress(address: ListenAddress, options: BindOptions = {}): Promise<BoundAddress> {
  const { onBusy = () => {}, wait = delay } = options
  const numeric = await resolveHost(address)
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bindOnce(numeric)
    } catch (error) {
      if (!isInUse(error)) throw refusal(numeric, error)
      if (attempt === tries) throw await inUse(numeric, error)
      onBusy(
        `Address ${formatAddress(numeric)} is in use, try ${attempt} of ${tries}; the next one follows in 1 second.`,
      )
      await wait(pause)
    }
  }
}

/** Binds every address of the machine, as Node does without a host: both families where there is IPv6. */
async function bindOnce(address: ListenAddress): Promise<BoundAddress> {
  try {
    return await bindExactly(address)
  } catch (error) {
    const isAny = address.kind === 'tcp' && address.host === '::'
    if (!isAny || !noIpv6.has(codeOf(error))) throw error
    return await bindExactly({ ...address, host: '0.0.0.0' })
  }
}

/** How systems without IPv6 refuse it. */
const noIpv6 = new Set(['EAFNOSUPPORT', 'EINVAL', 'EADDRNOTAVAIL'])

async function bindExactly(address: ListenAddress): Promise<BoundAddress> {
  if (address.kind === 'unix') {
    const bound = await bindPath(address.path)
    return { ...bound, disclaim() {}, address, url: formatAddress(address) }
  }
  const { host, port } = address
  const handle = bindHandle({ host, port, family: isIP(host) === 6 ? 6 : 4 })
  const real: ListenAddress = { ...address, port: handle.port ?? port }
  return {
    fd: handle.fd,
    share: handle.share,
    address: real,
    url: formatAddress(real),
    close: once(() => handle.close()),
    claim() {},
    disclaim() {},
    remove() {},
  }
}

async function resolveHost(address: ListenAddress): Promise<ListenAddress> {
  if (address.kind === 'unix' || isIP(address.host) !== 0) return address
  try {
    const { lookup } = await import('node:dns/promises')
    return { ...address, host: (await lookup(address.host)).address }
  } catch (error) {
    const reason = `the name ${address.host} can't be resolved (${codeOf(error)})`
    throw createError('NWORKERS_E_ADDRESS', formatAddress(address), reason)
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof PathRefused ? error.inUse : codeOf(error) === 'EADDRINUSE'
}

async function inUse(address: ListenAddress, error: unknown): Promise<NworkersError> {
  const named =
    error instanceof PathRefused && error.pid !== undefined ? { pid: error.pid, name: '' } : undefined
  const { findHolder } = await import('./holder.js')
  return createError(
    'NWORKERS_E_ADDRESS_IN_USE',
    formatAddress(address),
    describe(named ?? (await findHolder(address))),
  )
}

/** How the sentence about an address in use names its holder. */
export function describe(holder: Holder | undefined): string {
  if (holder === undefined) return ''
  return ` by process ${holder.pid}${holder.name === '' ? '' : ` (${holder.name})`}`
}

function refusal(address: ListenAddress, error: unknown): NworkersError {
  return createError('NWORKERS_E_ADDRESS', formatAddress(address), reasonOf(address, error))
}

function reasonOf(address: ListenAddress, error: unknown): string {
  if (error instanceof PathRefused) return error.message
  const code = codeOf(error)
  if (address.kind === 'unix') {
    return code === 'EACCES' || code === 'EPERM' ? 'its folder is not writable for this user' : `${code}`
  }
  if (code === 'EADDRNOTAVAIL') return `${address.host} is not an address of this machine`
  if (code === 'EACCES' && address.port < 1024) {
    return `ports below 1024 need root or the capability CAP_NET_BIND_SERVICE, choose a higher one than ${address.port}`
  }
  return `${code}`
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
