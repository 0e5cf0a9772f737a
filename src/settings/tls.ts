import type { Settings } from './settings.js'

const needsCertificate =
  'is for TLS, which needs a certificate: add --certfile and --keyfile, or leave it out.'

/** The setting that has no effect without another one which is not given, and the rest of the sentence about it. */
export function incompleteTls(settings: Settings): { name: keyof Settings; problem: string } | undefined {
  const { certfile, keyfile, ciphers, certReqs, caCerts, http2 } = settings
  if (certfile === undefined) {
    if (http2) {
      return {
        name: 'http2',
        problem:
          'needs TLS, since browsers speak HTTP/2 over nothing else: add --certfile and --keyfile, or leave it out. ' +
          'Behind a proxy that ends TLS, HTTP/1.1 is what the proxy speaks.',
      }
    }
    const alone = { keyfile, caCerts, ciphers, certReqs: certReqs === 'none' ? undefined : certReqs }
    const [name] = Object.entries(alone).find(([, value]) => value !== undefined) ?? []
    // Sound because these are names of settings.
    return name === undefined ? undefined : { name: name as keyof Settings, problem: needsCertificate }
  }
  if (certReqs !== 'none' && caCerts === undefined) {
    const problem = 'needs --ca-certs: without it every certificate of a public authority would be good.'
    return { name: 'certReqs', problem }
  }
  if (certReqs === 'none' && caCerts !== undefined) {
    const problem =
      'has no effect while --cert-reqs is none: add --cert-reqs=required or optional, or leave it out.'
    return { name: 'caCerts', problem }
  }
  return undefined
}
