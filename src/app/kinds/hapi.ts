import type { Kind } from '../kinds.js'
import { isNodeServer } from '../node-server.js'
import { hasMethods } from '../value.js'

/** A Hapi server. Its caches and extensions start before the listener does, and stop after the last connection ended. */
export const hapi: Kind = {
  name: 'Hapi server',
  recognise({ value }) {
    if (!hasMethods(value, ['initialize', 'inject', 'ext', 'route', 'stop'])) return undefined
    const listener: unknown = Reflect.get(value, 'listener')
    if (!isNodeServer(listener)) return undefined
    return async () => {
      await value.initialize()
      return { server: listener, stop: () => value.stop() }
    }
  },
}
