import { createError } from '../errors.js'
import { shown } from '../settings/text.js'

/**
 * Prints what a service manager needs to run an app. Returns the exit code.
 * @throws NWORKERS_E_USAGE for a service manager that is not known.
 */
export async function init([manager, ...words]: readonly string[]): Promise<number> {
  if (manager === 'systemd') return (await import('./init-systemd.js')).initSystemd(words)
  const problem = manager === undefined ? 'init needs to know for what' : `init can't do ${shown(manager)}`
  throw createError(
    'NWORKERS_E_USAGE',
    `${problem}. Write "nworkers init systemd [options] APP", or ./init for an app of that name.`,
  )
}
