import type { Server as HttpServer } from 'node:http'
import { isHttpsServer } from '../https.js'
import type { Kind } from '../kinds.js'

/** An `https.Server`: all that an `http.Server` is, though not an instance of it. It is served as it is. */
export const httpsServer: Kind = {
  name: 'https.Server',
  recognise({ value }) {
    return isHttpsServer(value) ? () => ({ server: value as unknown as HttpServer }) : undefined
  },
}
