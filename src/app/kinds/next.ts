import { createServer } from 'node:http'
import type { Kind } from '../kinds.js'
import { guard, type Handler } from '../listener.js'
import { hasMethods } from '../value.js'

/** What `next()` of Next.js gives for a custom server, prepared or not. */
export const next: Kind = {
  name: 'Next.js app',
  recognise({ value }) {
    if (!hasMethods(value, ['prepare', 'getRequestHandler', 'getUpgradeHandler', 'close'])) return undefined
    return async () => {
      await value.prepare()
      const handle = value.getRequestHandler() as Handler
      return { server: createServer(guard(handle, undefined)), stop: () => value.close() }
    }
  },
}
