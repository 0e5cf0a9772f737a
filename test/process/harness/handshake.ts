import tls from 'node:tls'
import type { Target } from './request.js'

/** What a client has seen of a server's TLS, after a request on the connection. */
export interface Handshake {
  /** The common name of the server's certificate. */
  name: string
  protocol: string | null
  cipher: string
  /** The first line of the answer. */
  answer: string
}

/** Makes one connection and one request of HTTP/1.1 on it. Rejects with what went wrong. */
export function shakeHands(target: Target, options: tls.ConnectionOptions = {}): Promise<Handshake> {
  const where = target.socketPath ? { path: target.socketPath } : { host: '127.0.0.1', port: target.port }
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...where, rejectUnauthorized: false, ...options })
    let text = ''
    let seen: Omit<Handshake, 'answer'> | undefined
    socket.setTimeout(10_000, () => socket.destroy(new Error('timeout')))
    socket.once('secureConnect', () => {
      const { subject } = socket.getPeerCertificate()
      seen = { name: String(subject.CN), protocol: socket.getProtocol(), cipher: socket.getCipher().name }
      socket.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n')
    })
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [answer = ''] = text.split('\r\n')
      if (seen && answer !== '') resolve({ ...seen, answer })
      else reject(new Error('closed without an answer'))
    })
  })
}
