import { createError } from '../errors.js'
import { shown } from '../settings/text.js'

/**
 * Checks what the user has written for something else to run an app. Returns the exit code.
 * @throws NWORKERS_E_USAGE for what it can't check.
 */
export async function check([what, ...words]: readonly string[]): Promise<number> {
  if (what === 'kubernetes') return (await import('./check-kubernetes.js')).checkKubernetes(words)
  const problem = what === undefined ? 'check needs to know what' : `check can't do ${shown(what)}`
  throw createError(
    'NWORKERS_E_USAGE',
    `${problem}. Write "nworkers check kubernetes FILE", or ./check for an app of that name.`,
  )
}
