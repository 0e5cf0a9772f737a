import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { createError } from '../errors.js'
import { type HookName, hookNames } from '../hooks/hooks.js'
import type { FileContent } from '../settings/resolve.js'
import type { SettingName } from '../settings/setting.js'
import { suggest } from '../settings/suggestion.js'
import { allSettings } from '../settings/table.js'
import { shown } from '../settings/text.js'
import { type Evaluation, evaluateConfig } from './evaluate.js'
import type { Entry } from './messages.js'
import { ownerOf } from './owner.js'

const settingNames: readonly string[] = allSettings
  .filter(({ notInFile }) => !notInFile)
  .map(({ name }) => name)
const names = [...settingNames, ...hookNames]

/** Names the schema of a JSON file, for editors. */
const schemaKey = '$schema'

/** What a config file holds: settings, and which hooks. */
export interface ConfigContent extends FileContent {
  hooks: HookName[]
}

/**
 * The settings and hooks in a config file. JSON is read, all else is evaluated in a process of its own.
 * @throws NWORKERS_E_CONFIG for a file that can't be read or evaluated, and for a key that is no setting
 */
export async function readConfig(path: string, around: Omit<Evaluation, 'identity'>): Promise<ConfigContent> {
  const entries =
    extname(path) === '.json'
      ? readJson(path)
      : await evaluateConfig(path, { ...around, identity: await ownerOf(path) })
  const values: { [Name in SettingName]?: unknown } = {}
  const hooks: HookName[] = []
  for (const entry of entries) {
    if (isHook(entry.name)) {
      const what = 'data' in entry ? JSON.stringify(entry.data) : entry.kind
      if ('data' in entry || !entry.isFunction) {
        throw createError(
          'NWORKERS_E_CONFIG',
          path,
          `the hook ${entry.name} is ${what}. Expected a function.`,
        )
      }
      hooks.push(entry.name)
      continue
    }
    if (!isSetting(entry.name)) throw createError('NWORKERS_E_CONFIG', path, unknownKey(entry.name))
    if ('kind' in entry) {
      throw createError('NWORKERS_E_CONFIG', path, `${entry.name} is ${entry.kind}. Expected plain data.`)
    }
    values[entry.name] = entry.data
  }
  return { path, values, hooks }
}

function readJson(path: string): Entry[] {
  let config: unknown
  try {
    config = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint = error instanceof SyntaxError ? ' JSON has no comments; a config file in .mjs may.' : ''
    throw createError('NWORKERS_E_CONFIG', path, `${reason}.${hint}`)
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw createError('NWORKERS_E_CONFIG', path, 'it does not hold an object of settings, { … }.')
  }
  return Object.entries(config)
    .filter(([name]) => name !== schemaKey)
    .map(([name, data]) => ({ name, data }))
}

function isSetting(name: string): name is SettingName {
  return settingNames.includes(name)
}

function isHook(name: string): name is HookName {
  return hookNames.some((hook) => hook === name)
}

function unknownKey(name: string): string {
  if (name === 'config') return 'config can only be given on the command line or in the environment.'
  const meant = suggest(name, names)
  const hint = meant === undefined ? 'See docs/settings.md for what there is.' : `Did you mean ${meant}?`
  return `unknown setting ${shown(name)}. ${hint}`
}
