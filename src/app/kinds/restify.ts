import type { Kind } from '../kinds.js'
import { isNodeServer } from '../node-server.js'
import { hasMethods } from '../value.js'

/** A Restify server: a wrapper that has set up the `http.Server` it holds. */
export const restify: Kind = {
  name: 'Restify server',
  recognise({ value }) {
    if (!hasMethods(value, ['listen', 'close', 'pre', 'use'])) return undefined
    const server: unknown = Reflect.get(value, 'server')
    return isNodeServer(server) ? () => ({ server }) : undefined
  },
}
