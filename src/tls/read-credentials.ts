import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { createError, type NworkersError } from '../errors.js'
import type { Settings } from '../settings/settings.js'
import type { Credentials } from './credentials.js'

/** Bytes of Node's ticket keys: https://nodejs.org/api/tls.html#servergetticketkeys. */
const ticketKeyLength = 48

type TlsSettings = Pick<Settings, 'certfile' | 'keyfile' | 'caCerts' | 'certReqs' | 'ciphers' | 'http2'>

/**
 * Reads certificate and key and tries them, so that what comes to a worker will do; undefined without a certificate.
 *
 * @param warn - told in a sentence what clients will not like
 * @throws NWORKERS_E_TLS for what can't be read or does not fit together
 */
export async function readCredentials(
  { certfile, keyfile = certfile, caCerts, certReqs, ciphers, http2 }: TlsSettings,
  warn: (text: string) => void,
): Promise<Credentials | undefined> {
  if (certfile === undefined || keyfile === undefined) return undefined
  const cert = await read('--certfile', certfile)
  const key = await read('--keyfile', keyfile)
  const ca = caCerts === undefined ? undefined : await read('--ca-certs', caCerts)

  const certificate = parseCertificate('--certfile', certfile, cert)
  if (!certificate.checkPrivateKey(parseKey(keyfile, key, certfile))) {
    throw refusal(
      `The key in ${keyfile} does not belong to the first certificate in ${certfile}. Give the key that the ` +
        "certificate was made with, and put the server's own certificate before those of authorities.",
    )
  }
  if (ca !== undefined && caCerts !== undefined) parseCertificate('--ca-certs', caCerts, ca)
  tryOut({ cert, key, ca }, certfile)
  if (ciphers !== undefined) tryCiphers(ciphers)
  warnOfValidity(certificate, certfile, warn)
  const ticketKeys = randomBytes(ticketKeyLength).toString('base64')
  return { cert, key, ca, clientCertificates: certReqs, ciphers, http2, ticketKeys }
}

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const reason =
      code === 'EACCES'
        ? `user ${process.geteuid?.()} may not read it. Let nworkers start as root, or give it the right.`
        : `${code}.`
    throw refusal(`${flag} ${path} can't be read: ${reason}`)
  }
}

function parseCertificate(flag: string, path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw refusal(
      `${flag} ${path} holds no certificate in PEM form, which begins with -----BEGIN CERTIFICATE-----.`,
    )
  }
}

function parseKey(path: string, pem: string, certfile: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    if (/^(?:-----BEGIN|Proc-Type:).*ENCRYPTED/m.test(pem)) {
      throw refusal(
        `The key in ${path} is encrypted, and nobody can be asked for its passphrase. Decrypt it ` +
          '(openssl pkey -in KEY -out DECRYPTED) and protect the file by its mode.',
      )
    }
    const hint = path === certfile ? ' Give the file of the key by --keyfile.' : ''
    throw refusal(`${path} holds no private key in PEM form.${hint}`)
  }
}

/** What OpenSSL has against a pair that fits, such as a key that is too short. */
function tryOut(parts: { cert: string; key: string; ca: string | undefined }, certfile: string): void {
  try {
    createSecureContext(parts)
  } catch (error) {
    throw refusal(`The certificate in ${certfile} can't be used: ${reasonOf(error)}.`)
  }
}

function tryCiphers(ciphers: string): void {
  try {
    createSecureContext({ ciphers })
  } catch (error) {
    throw refusal(
      `--ciphers ${ciphers}: ${reasonOf(error)}. Expected a list that OpenSSL knows, as "openssl ciphers LIST" takes it.`,
    )
  }
}

/** What is expired still serves clients that do not look, so it is no reason to serve nobody. */
function warnOfValidity(
  { validFrom, validTo }: X509Certificate,
  certfile: string,
  warn: (text: string) => void,
): void {
  if (Date.parse(validTo) < Date.now()) {
    warn(
      `The certificate in ${certfile} expired on ${validTo}: clients refuse it. Renew it, then reload nworkers.`,
    )
  } else if (Date.parse(validFrom) > Date.now()) {
    warn(`The certificate in ${certfile} is not valid before ${validFrom}: until then clients refuse it.`)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
}

function refusal(problem: string): NworkersError {
  return createError('NWORKERS_E_TLS', problem)
}
