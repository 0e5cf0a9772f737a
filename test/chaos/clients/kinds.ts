import type { ClientKind } from './client.js'
import { download } from './download.js'
import { events } from './events.js'
import { fresh } from './fresh.js'
import { keepAlive } from './keep-alive.js'
import { pipelined } from './pipelined.js'
import { upload } from './upload.js'
import { websocket } from './websocket.js'

/** Every kind of client, in the order of the table. */
export const clientKinds: readonly ClientKind[] = [
  keepAlive,
  fresh,
  pipelined,
  upload,
  download,
  events,
  websocket,
]
