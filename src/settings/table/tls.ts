import { clientCertificates } from '../certificates.js'
import { file } from '../file.js'
import type { Table } from '../setting.js'
import { boolean, text } from '../text.js'
import { optional } from '../value.js'

/** Encryption, and the protocol that needs it. */
export const tlsSettings = {
  certfile: {
    type: optional(file),
    doc: 'The certificate in PEM form, followed by those between it and the root; with it nworkers speaks TLS.',
  },
  keyfile: {
    type: optional(file),
    doc: 'The private key of the certificate in PEM form; without it the key is looked for in the certfile.',
  },
  caCerts: {
    type: optional(file),
    doc: 'The authorities in PEM form whose client certificates are taken.',
  },
  certReqs: {
    type: clientCertificates,
    default: 'none',
    doc: 'Whether clients must show a certificate: none (0), optional (1: one that is shown must be good) or required (2).',
  },
  ciphers: {
    type: optional(text('LIST')),
    doc: "The ciphers that may be used, as a list of OpenSSL, those of TLS 1.3 by their own names among them; without it Node's own.",
  },
  http2: {
    type: boolean,
    default: 'false',
    doc: 'Speak HTTP/2 with clients that ask for it by ALPN, and HTTP/1.1 with all others.',
  },
} satisfies Partial<Table>
