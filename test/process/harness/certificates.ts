import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { TemporaryFolder } from './application.js'

/** A certificate and its key, as files. */
export interface Certificate {
  certfile: string
  keyfile: string
}

/** Makes a certificate of this name for 127.0.0.1: signed by the issuer, else by itself. */
export function makeCertificate({ path }: TemporaryFolder, name: string, issuer?: Certificate): Certificate {
  const made = { certfile: path(`${name}.pem`), keyfile: path(`${name}.key`) }
  openssl(
    'req -x509 -nodes -days 30 -newkey ec -pkeyopt ec_paramgen_curve:P-256',
    ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ['-keyout', made.keyfile, '-out', made.certfile],
    issuer ? ['-CA', issuer.certfile, '-CAkey', issuer.keyfile] : [],
  )
  return made
}

/** Makes one that was valid in the year 2020 alone. */
export function makeExpired({ path }: TemporaryFolder): Certificate {
  const made = { certfile: path('expired.pem'), keyfile: path('expired.key') }
  const request = path('request.pem')
  writeFileSync(path('index'), '')
  writeFileSync(
    path('ca.cnf'),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${path('index')}\nnew_certs_dir=${path('.')}\nrand_serial=yes\n` +
      'default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n',
  )
  openssl('req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=expired', [
    '-keyout',
    made.keyfile,
    '-out',
    request,
  ])
  openssl('ca -selfsign -batch -notext -startdate 20200101000000Z -enddate 20210101000000Z', [
    '-config',
    path('ca.cnf'),
    '-in',
    request,
    '-keyfile',
    made.keyfile,
    '-out',
    made.certfile,
  ])
  return made
}

/** Makes an encrypted copy of a key. */
export function encryptKey({ path }: TemporaryFolder, { keyfile }: Certificate): string {
  openssl('pkey -aes256 -passout pass:secret', ['-in', keyfile, '-out', path('encrypted.key')])
  return path('encrypted.key')
}

function openssl(words: string, ...more: string[][]): void {
  execFileSync('openssl', [...words.split(' '), ...more.flat()], { stdio: 'pipe' })
}
