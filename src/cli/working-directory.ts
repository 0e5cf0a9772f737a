import { realpathSync } from 'node:fs'
import { isAbsolute } from 'node:path'

/**
 * The directory that the command was started in, by the name that the shell knows: a symbolic link such as `current`
 * then leads to the next release once it is turned, where the system's own answer is the old one for ever.
 */
export function workingDirectory(named = process.env.PWD, real = process.cwd()): string {
  if (named === undefined || !isAbsolute(named)) return real
  try {
    return realpathSync(named) === real ? named : real
  } catch {
    return real
  }
}
