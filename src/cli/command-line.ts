import { createError } from '../errors.js'
import type { Given } from '../settings/resolve.js'
import type { SettingName } from '../settings/setting.js'
import { shown } from '../settings/text.js'
import { type Action, options } from './option.js'
import { parseWords } from './parser.js'
import { refuseApp } from './refusal.js'
import { checkWords } from './words.js'

/** What a command line asks for and which settings it gives. */
export interface CommandLine {
  action: Action | 'serve'
  given: Given
}

/**
 * Reads the words of a command line, program and script left out.
 * @throws NWORKERS_E_USAGE for an option that is unknown, refused or incomplete, and for more than one APP.
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const { _: positionals, ...parsed } = parseWords(checkWords(words))
  const given: { [Name in SettingName]?: string[] } = {}
  let action: CommandLine['action'] = 'serve'
  for (const { flag, meaning } of options) {
    const value = parsed[flag]
    if (value === undefined) continue
    if ('setting' in meaning) given[meaning.setting] = texts(value)
    else action = meaning.action
  }
  const app = oneApp(texts(positionals))
  return { action, given: app === undefined ? given : { ...given, app: [app] } }
}

function oneApp(words: readonly string[]): string | undefined {
  const [app, ...more] = words
  if (app === undefined) return undefined
  const refusal = refuseApp(app)
  if (refusal !== undefined) throw createError('NWORKERS_E_USAGE', refusal)
  if (more.length === 0) return app
  const names = words.map(shown).join(', ')
  throw createError(
    'NWORKERS_E_USAGE',
    `Only one APP can be served, but ${words.length} were given: ${names}.`,
  )
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String)
}
