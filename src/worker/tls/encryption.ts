import { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { createError } from '../../errors.js'
import type { Credentials } from '../../tls/credentials.js'

/** What speaks HTTP/2 on an encrypted connection; `take` has the app's server answer what comes on one. */
export type AcceptSession = (socket: TLSSocket, take: (connection: Duplex) => void) => void

/**
 * Makes an app's HTTP server speak TLS from now on, as `https.Server` does: its `connection` is the one that is
 * accepted, and `secureConnection` the encrypted one on it. Who listens for connections by now, Node's own parser of
 * requests included, gets the encrypted ones. So the server stays what the app has made it.
 *
 * @throws NWORKERS_E_USAGE for a server that speaks TLS or HTTP/2 by itself
 * @param acceptSession - gets the connections whose clients chose HTTP/2; without it none may
 */
export function encrypt(server: Server, credentials: Credentials, acceptSession?: AcceptSession): void {
  if (!(server instanceof Server)) {
    throw createError(
      'NWORKERS_E_USAGE',
      'The server of the app speaks TLS or HTTP/2 by itself, so there is nothing to do for --certfile: leave it and ' +
        '--keyfile out, or make the server with createServer of node:http.',
    )
  }
  const takers = server.listeners('connection')
  server.removeAllListeners('connection')
  // Neither has https.Server half-open connections: their end is part of what TLS says.
  Reflect.set(server, 'allowHalfOpen', false)

  const take = (connection: Duplex) => {
    for (const taker of takers) Reflect.apply(taker, server, [connection])
  }
  const tls = createServer(optionsOf(server, credentials, acceptSession !== undefined))
  server.on('connection', (socket: Socket) => tls.emit('connection', socket))
  tls.on('secureConnection', (socket) => {
    if (isUnwanted(socket, credentials)) socket.destroy()
    else server.emit('secureConnection', socket)
  })
  tls.on('tlsClientError', (error, socket) => {
    if (!server.emit('clientError', error, socket)) socket.destroy()
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    if (acceptSession && socket.alpnProtocol === 'h2') acceptSession(socket, take)
    else take(socket)
  })
}

function optionsOf(server: Server, credentials: Credentials, isHttp2: boolean): TlsOptions {
  const { cert, key, ca, ciphers, clientCertificates, ticketKeys } = credentials
  return {
    cert,
    key,
    ALPNProtocols: isHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    ticketKeys: Buffer.from(ticketKeys, 'base64'),
    requestCert: clientCertificates !== 'none',
    rejectUnauthorized: clientCertificates === 'required',
    ...(ca !== undefined && { ca }),
    ...(ciphers !== undefined && { ciphers }),
    // Who does not even finish the handshake is given no longer than for the first headers.
    ...(server.headersTimeout > 0 && { handshakeTimeout: server.headersTimeout }),
  }
}

/** Node has no word for a certificate that may be missing but not bad. */
function isUnwanted(socket: TLSSocket, { clientCertificates }: Credentials): boolean {
  if (clientCertificates !== 'optional' || socket.authorized) return false
  return Object.keys(socket.getPeerCertificate()).length > 0
}
