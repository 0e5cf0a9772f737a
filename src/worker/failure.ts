import { bootFailure } from '../app/boot-failure.js'
import { createError, NworkersError } from '../errors.js'
import type { FailedMessage } from '../ipc/messages.js'
import { type ListenAddress, parseAddress } from '../sockets/address.js'
import { ListenError } from './listeners.js'

/** Says why this worker does not become ready. */
export async function describeFailure(error: unknown): Promise<FailedMessage> {
  if (error instanceof ListenError) return await listenFailure(error)
  if (error instanceof NworkersError) {
    return { type: 'failed', code: error.code, exitCode: error.exitCode, message: error.message }
  }
  return await describeFailure(await bootFailure('The app failed while it started', error))
}

/**
 * Two arbiters may both bind an address while neither listens; only listening, which is the worker's part, shows that
 * it is in use. It reads as any other address in use.
 */
async function listenFailure({ url, code }: ListenError): Promise<FailedMessage> {
  const address = addressOf(url)
  // Loaded only here: what binds is of no use to a worker that serves.
  const [{ describe }, { findHolder }] = await Promise.all([
    import('../sockets/bind.js'),
    import('../sockets/holder.js'),
  ])
  const holder = code === 'EADDRINUSE' && address !== undefined ? await findHolder(address) : undefined
  const { message, exitCode } =
    code === 'EADDRINUSE'
      ? createError('NWORKERS_E_ADDRESS_IN_USE', url, describe(holder))
      : createError('NWORKERS_E_ADDRESS', url, code)
  return { type: 'failed', code, exitCode, message, url }
}

function addressOf(url: string): ListenAddress | undefined {
  const address = parseAddress(url.replace(/^https?:\/\//, ''))
  return address?.kind === 'fd' ? undefined : address
}
