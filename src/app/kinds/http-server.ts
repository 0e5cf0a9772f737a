import type { Kind } from '../kinds.js'
import { isNodeServer, type NodeServerName, nameOfServer } from '../node-server.js'

/** A server of Node. It is served as it is. */
function serverKind(name: NodeServerName): Kind {
  return {
    name,
    recognise({ value }) {
      return nameOfServer(value) === name && isNodeServer(value) ? () => ({ server: value }) : undefined
    },
  }
}

export const httpServer = serverKind('http.Server')
export const httpsServer = serverKind('https.Server')
export const http2Server = serverKind('HTTP/2 server')
