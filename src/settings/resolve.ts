import { createError } from '../errors.js'
import { availableCpus } from './cpus.js'
import { readVariable } from './environment.js'
import { labelOf } from './names.js'
import type { Settings } from './settings.js'
import { type AnySetting, allSettings, type SettingName, settingNamed } from './table.js'
import { shown } from './text.js'
import type { ValueType } from './value.js'

/** The texts that were given for settings, each setting's in their order. */
export type Given = { readonly [Name in SettingName]?: readonly string[] }

/** What settings are made from. They can be resolved again at any time. */
export interface Start {
  commandLine: Given
  env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  cwd: string
  /** How many workers `auto` means; without it, as many as this process may use CPUs. */
  cpus?: () => number
}

/** Where a value came from. */
export type Source =
  | { from: 'default' }
  | { from: 'environment'; variable: string }
  | { from: 'command line' }

export interface Resolved {
  settings: Settings
  sources: Readonly<Record<SettingName, Source>>
}

/** What one layer says about a setting. */
interface Statement {
  source: Source
  /** How a message names the place: a flag or a variable. */
  label: string
  texts: readonly string[]
  type: ValueType<unknown>
}

/** Undefined where the layer does not mention the setting. */
type Layer = (setting: AnySetting) => Statement | undefined

/**
 * Makes the settings: the command line beats the environment, which beats the defaults. What is beaten is not read.
 * Touches the file system only to see whether a directory exists and to count CPUs.
 * @throws NWORKERS_E_SETTING for a text that is not a value, NWORKERS_E_USAGE where no app is given.
 */
export function resolveSettings(start: Start): Resolved {
  const { env, cwd, cpus = () => availableCpus() } = start
  const layers = [commandLineLayer(start.commandLine), environmentLayer(env)]
  const resolved = allSettings.map((setting) => {
    const { source, label, texts, type } = statementOn(setting, layers)
    const reject = (text: string) => createError('NWORKERS_E_SETTING', label, shown(text), type.expected)
    return { name: setting.name, source, value: type.read(texts, { cwd, cpus, reject }) }
  })
  return {
    // Sound because the table's type asks for the right type of value under each name.
    settings: Object.fromEntries(resolved.map(({ name, value }) => [name, value])) as unknown as Settings,
    sources: Object.fromEntries(resolved.map(({ name, source }) => [name, source])) as Resolved['sources'],
  }
}

/** How a person is told where a value came from. */
export function describeSource(source: Source): string {
  return source.from === 'environment' ? `environment ${source.variable}` : source.from
}

function commandLineLayer(given: Given): Layer {
  return (setting) => {
    const texts = given[setting.name]
    return texts && { source: { from: 'command line' }, label: labelOf(setting), texts, type: setting.type }
  }
}

function environmentLayer(env: Start['env']): Layer {
  return (setting) => {
    const read = readVariable(env, setting)
    return read && { source: { from: 'environment', variable: read.name }, label: read.name, ...read }
  }
}

/** What the first of the layers to mention the setting says, else its default. */
function statementOn(setting: AnySetting, layers: readonly Layer[]): Statement {
  for (const layer of layers) {
    const statement = layer(setting)
    if (statement !== undefined) return statement
  }
  const source: Source = { from: 'default' }
  if (setting.defaultsTo !== undefined) {
    return { ...statementOn(settingNamed(setting.defaultsTo), layers), source }
  }
  if (setting.positional) throw createError('NWORKERS_E_USAGE', noApp)
  const texts = setting.default === undefined ? [] : [setting.default]
  return { source, label: labelOf(setting), texts, type: setting.type }
}

const noApp =
  'No APP is given. Say which app to serve, as in "nworkers -w 4 app:handler"; "nworkers --help" shows the options.'
