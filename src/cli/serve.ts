import { configure } from '../config/configure.js'
import type { Start } from '../settings/resolve.js'
import { forward } from './terminal.js'

/** Serves the app until it is stopped. Returns the exit code. */
export async function serve(start: Start): Promise<number> {
  const { settings, sources, hooks } = await configure(start, { onOutput: forward })
  const { runArbiter } = await import('../arbiter/arbiter.js')
  return runArbiter({
    settings,
    hooks,
    isAddressOpen: sources.bind.from === 'default',
    cwd: start.cwd,
    resolve: (around) => configure(start, around),
  })
}
