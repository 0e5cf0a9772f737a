import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { createError } from '../errors.js'
import { givenConfig, type Start } from '../settings/resolve.js'

/** What a config file may be written in. */
const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json']

/**
 * The config file that was asked for, else the one where nworkers is started; undefined where there is none.
 * @throws NWORKERS_E_SETTING for a file that does not exist, NWORKERS_E_CONFIG for one of another kind, or for two.
 */
export function locateConfig(start: Start): string | undefined {
  const given = givenConfig(start)
  if (given !== undefined) {
    if (extensions.includes(extname(given))) return given
    throw createError('NWORKERS_E_CONFIG', given, `its name must end in ${extensions.join(', ')}.`)
  }
  const [found, second] = extensions
    .map((extension) => join(start.cwd, `nworkers.config${extension}`))
    .filter(existsSync)
  if (found === undefined || second === undefined) return found
  throw createError(
    'NWORKERS_E_CONFIG',
    found,
    `there is ${second} too. Remove one, or choose with --config.`,
  )
}
