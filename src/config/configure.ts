import type { HookName } from '../hooks/hooks.js'
import { type Resolved, resolveSettings, type Start } from '../settings/resolve.js'
import type { Evaluation } from './evaluate.js'
import { locateConfig } from './locate.js'

/** The settings, where they came from, and which hooks the config file has. */
export interface Configuration extends Resolved {
  hooks: readonly HookName[]
}

/**
 * Makes the settings from everything there is, the config file included. It is called again for each reload.
 * @throws an error of exit code 2 that says what is wrong and where
 */
export async function configure(
  start: Start,
  { onOutput, stop }: Pick<Evaluation, 'onOutput' | 'stop'>,
): Promise<Configuration> {
  const path = locateConfig(start)
  if (path === undefined) return { ...resolveSettings(start), hooks: [] }
  const { readConfig } = await import('./read.js')
  const content = await readConfig(path, { cwd: start.cwd, onOutput, stop })
  return { ...resolveSettings(start, content), hooks: content.hooks }
}
