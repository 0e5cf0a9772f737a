import type { Kind } from '../kinds.js'
import { isNodeServer } from '../node-server.js'
import { hasMethods } from '../value.js'

/**
 * A Fastify instance, which must be ready before its server listens. It is closed after the last connection ended: from
 * the start of its `close()` on it answers 503.
 */
export const fastify: Kind = {
  name: 'Fastify instance',
  recognise({ value }) {
    if (!hasMethods(value, ['ready', 'inject', 'register', 'route', 'close'])) return undefined
    const server: unknown = Reflect.get(value, 'server')
    if (!isNodeServer(server)) return undefined
    return async () => {
      await value.ready()
      return { server, stop: () => value.close() }
    }
  },
}
