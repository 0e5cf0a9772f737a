import type { Server } from 'node:http'
import type { Kind } from '../kinds.js'
import { hasMethods, isPropertied } from '../value.js'

/**
 * A Nest application, on whichever HTTP adapter. `init()` runs its lifecycle hooks up to the point where it would
 * listen, `close()` those of its end.
 */
export const nest: Kind = {
  name: 'Nest application',
  recognise({ value }) {
    if (!hasMethods(value, ['getHttpAdapter', 'getHttpServer', 'init', 'close'])) return undefined
    return async () => {
      await value.init()
      await readyAdapter(value.getHttpAdapter())
      return { server: value.getHttpServer() as Server, stop: () => value.close() }
    }
  },
}

/** Nest's own `listen()` leaves it to Fastify's to wait for its plugins. */
async function readyAdapter(adapter: unknown): Promise<void> {
  if (!hasMethods(adapter, ['getInstance'])) return
  const instance = adapter.getInstance()
  if (isPropertied(instance) && hasMethods(instance, ['ready', 'inject'])) await instance.ready()
}
