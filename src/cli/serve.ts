import { resolveSettings, type Start } from '../settings/resolve.js'

/** Serves the app until it is stopped. Returns the exit code. */
export async function serve(start: Start): Promise<number> {
  const { settings } = resolveSettings(start)
  const { runArbiter } = await import('../arbiter/arbiter.js')
  return runArbiter({ settings, resolve: async () => resolveSettings(start).settings })
}
