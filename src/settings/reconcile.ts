import { createError } from '../errors.js'
import type { SettingName } from './setting.js'
import type { Settings } from './settings.js'
import { incompleteTls } from './tls.js'

/** What the user said of a setting. */
export interface Wish {
  /** It is not the default. */
  isGiven: boolean
  /** How a message names the place: a flag, a variable or a key of a file. */
  label: string
  /** The text that counts; undefined where nothing is said at all. */
  text: string | undefined
}

/**
 * Makes settings agree that are only right together.
 * @throws NWORKERS_E_USAGE for a setting that is for another one, which is off, and for bounds that can't be kept
 */
export function reconcile(settings: Settings, wishFor: (name: SettingName) => Wish): Settings {
  if (settings.reloadExtraFile.length > 0 && !settings.reload) {
    const { label } = wishFor('reloadExtraFile')
    throw createError('NWORKERS_E_USAGE', `${label} is for --reload, which is off. ${wayToReload}`)
  }
  const incomplete = incompleteTls(settings)
  if (incomplete !== undefined) {
    throw createError('NWORKERS_E_USAGE', `${wishFor(incomplete.name).label} ${incomplete.problem}`)
  }
  if (settings.maxWorkers !== undefined) {
    return { ...settings, workers: firstWorkers(settings.maxWorkers, settings, wishFor) }
  }
  for (const wish of [wishFor('minWorkers'), wishFor('scaleDownAfter')]) {
    if (!wish.isGiven) continue
    throw createError('NWORKERS_E_USAGE', `${wish.label} is for --max-workers, which is off. ${wayToScale}`)
  }
  return settings
}

/** The number of workers to begin with where it follows the load. What `auto` comes to is moved into the bounds. */
function firstWorkers(
  max: number,
  { workers, minWorkers: min }: Settings,
  wishFor: (name: SettingName) => Wish,
): number {
  if (min > max) {
    const { label } = wishFor('minWorkers')
    throw createError(
      'NWORKERS_E_USAGE',
      `${label} is ${min}, more than the ${max} of --max-workers. ${wayToBounds}`,
    )
  }
  const { isGiven, label, text } = wishFor('workers')
  if (!isGiven) return min
  if (text === 'auto') return Math.min(max, Math.max(min, workers))
  if (workers >= min && workers <= max) return workers
  throw createError(
    'NWORKERS_E_USAGE',
    `${label} is ${workers}, and workers are to be ${min} to ${max}. It is the number to begin with: choose one between ` +
      '--min-workers and --max-workers, or leave it out.',
  )
}

const wayToReload = 'Add --reload to watch files, or leave it out.'
const wayToScale = 'Add --max-workers to let the number of workers follow the load, or leave it out.'
const wayToBounds = 'Raise --max-workers or lower the other.'
