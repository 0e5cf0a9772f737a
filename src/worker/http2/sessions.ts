import type { Server } from 'node:http'
import { performServerHandshake } from 'node:http2'
import type { AcceptSession } from '../tls/encryption.js'
import { speakOfHttp2 } from './answer.js'
import { followSession } from './session.js'
import { StreamConnection } from './stream-connection.js'
import type { StreamEvent } from './stream-record.js'

/** Streams that a client may have open at a time; gunicorn's number. */
const mostStreams = 100

/**
 * Has an HTTP server answer the streams of HTTP/2 sessions, each as the one request of a connection of its own. So an app
 * gets the same objects for all its requests, and what holds for HTTP/1.1 (the limits of headers and time, the hooks of
 * frameworks) holds for them too.
 */
export function acceptSessions(server: Server): AcceptSession {
  speakOfHttp2(server)
  return (socket, take) => {
    const http2 = performServerHandshake(socket, { settings: { maxConcurrentStreams: mostStreams } })
    const session = followSession(http2)
    // The event by which servers of node:http2 tell it.
    server.emit('session', http2)
    http2.on('stream', (...[stream, headers, flags, rawHeaders]: StreamEvent) => {
      const { maxRequestsPerSocket: most } = server
      if (most && session.begun >= most) session.leave()
      StreamConnection.open({ stream, headers, flags, rawHeaders, socket }, take)
    })
    // Each stream is told by itself, and the connection follows.
    http2.on('error', () => {})
    if (server.keepAliveTimeout > 0) {
      http2.setTimeout(server.keepAliveTimeout, () => {
        if (session.open === 0) session.leave()
      })
    }
  }
}
