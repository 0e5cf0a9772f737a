import type { ClientCertificates } from '../settings/certificates.js'
import type { Settings } from '../settings/settings.js'

/**
 * Everything that a worker needs to speak TLS. The arbiter reads it while it is root and hands it on, so that a worker
 * that has given up root, also one that is spawned later, needs no file for it.
 */
export interface Credentials {
  /** PEM: the certificate, then those between it and the root. */
  cert: string
  /** PEM. */
  key: string
  /** PEM of the authorities that vouch for clients. */
  ca: string | undefined
  clientCertificates: ClientCertificates
  /** A list of OpenSSL; undefined for Node's own. */
  ciphers: string | undefined
  /** Speak HTTP/2 too. */
  http2: boolean
  /** Base64. The same in all workers, so that a client can resume its session with any of them. */
  ticketKeys: string
}

/**
 * What these settings have workers speak TLS with; undefined where they don't. The code for it is only loaded where they do.
 *
 * @param warn - told in a sentence what clients will not like
 * @throws NWORKERS_E_TLS for what can't be read or does not fit together
 */
export async function credentialsOf(
  settings: Settings,
  warn: (text: string) => void,
): Promise<Credentials | undefined> {
  if (settings.certfile === undefined) return undefined
  const { readCredentials } = await import('./read-credentials.js')
  return await readCredentials(settings, warn)
}
