import type { Shell } from '../arbiter/shell.js'
import { expositionType } from '../observe/exposition.js'
import { livePage } from '../observe/live-page.js'
import type { Reply, Route } from './http.js'
import type { Observation } from './observation.js'

/** What the admin address offers: it can be looked at, and nothing can be done. */
export function adminRoutes(shell: Shell, observation: Observation): Route[] {
  const get = (path: RegExp, reply: Route['reply']): Route => ({ method: 'GET', path, reply })
  return [
    get(/^\/$/, () => livePage()),
    get(/^\/metrics$/, async () => ({
      text: await observation.metrics(),
      headers: { 'Content-Type': expositionType },
    })),
    get(/^\/livez$/, () => ({ text: 'alive\n' })),
    get(/^\/readyz$/, () => readiness(shell)),
    get(/^\/v1\/status$/, async () => ({ json: await observation.status() })),
  ]
}

/** Answered by the arbiter, so that no busy worker holds it up. */
function readiness(shell: Shell): Reply {
  const { stop, workers } = shell.fleet()
  const ready = [...workers.values()].filter(({ state }) => state === 'ready').length
  const { readyMin } = shell.blueprint().settings
  if (stop) return { status: 503, text: 'not ready: stopping\n' }
  if (ready < readyMin) return { status: 503, text: `not ready: ${ready} workers of at least ${readyMin}\n` }
  return { text: `ready: ${ready} workers\n` }
}
