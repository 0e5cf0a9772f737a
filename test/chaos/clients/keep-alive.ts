import type { ClientKind } from './client.js'
import { keepConnection } from './kept-connection.js'
import { exchange } from './request.js'

/** Sends request after request on one connection, most at once and some after a pause. */
export const keepAlive: ClientKind = {
  name: 'keep-alive',
  count: 5,
  run: (visit) =>
    keepConnection(
      visit,
      (attempt, connection) => exchange(visit, attempt, connection),
      () => (visit.random.chance(0.05) ? 1_000 : 4),
    ),
}
