import { configure } from '../config/configure.js'
import type { Start } from '../settings/resolve.js'
import { forward } from './terminal.js'

/** Serves the app until it is stopped. Returns the exit code. */
export async function serve(start: Start): Promise<number> {
  const { settings, sources } = await configure(start, { onOutput: forward })
  const { runArbiter } = await import('../arbiter/arbiter.js')
  return runArbiter({
    settings,
    isAddressOpen: sources.bind.from === 'default',
    resolve: async (around) => (await configure(start, around)).settings,
  })
}
