import { Server } from 'node:http'
import type { Kind } from '../kinds.js'

/** An `http.Server`. It is served as it is. */
export const httpServer: Kind = {
  name: 'http.Server',
  recognise({ value }) {
    return value instanceof Server ? () => ({ server: value }) : undefined
  },
}
