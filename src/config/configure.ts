import { type Resolved, resolveSettings, type Start } from '../settings/resolve.js'
import type { Evaluation } from './evaluate.js'
import { locateConfig } from './locate.js'

/**
 * Makes the settings from everything there is, the config file included. It is called again for each reload.
 * @throws an error of exit code 2 that says what is wrong and where
 */
export async function configure(
  start: Start,
  { onOutput, stop }: Pick<Evaluation, 'onOutput' | 'stop'>,
): Promise<Resolved> {
  const path = locateConfig(start)
  if (path === undefined) return resolveSettings(start)
  const { readConfig } = await import('./read.js')
  return resolveSettings(start, await readConfig(path, { cwd: start.cwd, onOutput, stop }))
}
