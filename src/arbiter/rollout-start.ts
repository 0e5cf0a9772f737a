import type { Settings } from '../settings/settings.js'
import type { Blueprint } from './blueprint.js'
import type { Blueprints } from './blueprints.js'
import type { FleetEvent } from './fleet/event.js'
import { policyOf } from './policy.js'
import type { Watcher } from './watcher.js'

/** Gives a function that has a blueprint rolled out; `answer` is called right before that. */
export function createRolloutStart(options: {
  blueprints: Blueprints
  watcher: Watcher
  dispatch: (event: FleetEvent) => void
}): (next: Blueprint, answer: () => void) => void {
  const { blueprints, watcher, dispatch } = options
  return (next, answer) => {
    const { workers, maxWorkers } = next.settings
    const before = blueprints.latest().settings
    // What TTIN, TTOU and the load have set is taken back only by a new number, or when it no longer follows the load.
    const isNew = before.maxWorkers === undefined ? workers !== before.workers : maxWorkers === undefined
    blueprints.prepare(next)
    watchBeside(watcher, next.settings)
    answer()
    dispatch({ type: 'reload', policy: policyOf(next.settings), ...(isNew && { target: workers }) })
  }
}

/** Watches what `--reload` names besides what workers have loaded. */
export function watchBeside(
  watcher: Watcher,
  { reload: isWatching, config, reloadExtraFile, chdir }: Settings,
): void {
  if (isWatching && config !== undefined) watcher.add([config])
  watcher.match(isWatching ? reloadExtraFile : [], chdir)
}
