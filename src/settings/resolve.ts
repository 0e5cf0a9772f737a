import { createError } from '../errors.js'
import { availableCpus } from './cpus.js'
import { readVariable } from './environment.js'
import { labelOf } from './names.js'
import { reconcile } from './reconcile.js'
import type { AnySetting, SettingName } from './setting.js'
import type { Settings } from './settings.js'
import { allSettings, settingNamed } from './table.js'
import { shown } from './text.js'
import type { ValueType } from './value.js'

/** The texts that were given for settings, each setting's in their order. */
export type Given = { readonly [Name in SettingName]?: readonly string[] }

/** The variable that holds part of a command line. */
export const commandArguments = 'NWORKERS_CMD_ARGS'

/** What settings are made from. They can be resolved again at any time. */
export interface Start {
  commandLine: Given
  /** What `NWORKERS_CMD_ARGS` gives. */
  commandArguments?: Given
  env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  cwd: string
  /** How many workers `auto` means; without it, as many as this process may use CPUs. */
  cpus?: () => number
}

/** What a config file holds: data under names of settings. */
export interface FileContent {
  /** Absolute. */
  path: string
  values: Readonly<Partial<Record<SettingName, unknown>>>
}

/** Where a value came from. */
export type Source =
  | { from: 'default' }
  | { from: 'environment'; variable: string }
  | { from: 'config file'; path: string }
  | { from: 'command line' }

export interface Resolved {
  settings: Settings
  sources: Readonly<Record<SettingName, Source>>
}

/** What one layer says about a setting. */
interface Statement {
  source: Source
  /** How a message names the place: a flag, a variable or a key of a file. */
  label: string
  texts: readonly string[]
  type: ValueType<unknown>
}

/** Undefined where the layer does not mention the setting. */
type Layer = (setting: AnySetting) => Statement | undefined

/**
 * Makes the settings: the command line beats `NWORKERS_CMD_ARGS`, which beats the config file, which beats the rest of
 * the environment, which beats the defaults. What is beaten is not read.
 * Touches the file system only to see whether files and directories exist and to count CPUs.
 * @throws NWORKERS_E_SETTING for what is not a value, NWORKERS_E_USAGE where no app is given, or a setting alone that
 * is for another one.
 */
export function resolveSettings(start: Start, file?: FileContent): Resolved {
  const layers = layersOf(start, file)
  const resolved = allSettings.map((setting) => {
    const statement = statementOn(setting, layers)
    return { name: setting.name, source: statement.source, value: readStatement(statement, start) }
  })
  const values = Object.fromEntries(resolved.map(({ name, value }) => [name, value]))
  // Sound because the table's type asks for the right type of value under each name.
  const settings = { ...values, config: file?.path } as unknown as Settings
  return {
    settings: reconcile(settings, (name) => {
      const { source, label, texts } = statementOn(settingNamed(name), layers)
      return { isGiven: source.from !== 'default', label, text: texts.at(-1) }
    }),
    sources: Object.fromEntries(resolved.map(({ name, source }) => [name, source])) as Resolved['sources'],
  }
}

/** The config file that was asked for, as an absolute path, or undefined. */
export function givenConfig(start: Start): string | undefined {
  // Sound because that is the type of this setting in the table.
  return readStatement(statementOn(settingNamed('config'), layersOf(start)), start) as string | undefined
}

/** How a person is told where a value came from. */
export function describeSource(source: Source): string {
  if (source.from === 'environment') return `environment ${source.variable}`
  return source.from === 'config file' ? `config file ${source.path}` : source.from
}

function layersOf(start: Start, file?: FileContent): Layer[] {
  return [
    givenLayer(start.commandLine, { from: 'command line' }),
    givenLayer(start.commandArguments ?? {}, { from: 'environment', variable: commandArguments }),
    ...(file ? [fileLayer(file)] : []),
    environmentLayer(start.env),
  ]
}

function givenLayer(given: Given, source: Source): Layer {
  return (setting) => {
    const texts = given[setting.name]
    const where = source.from === 'environment' ? ` in ${source.variable}` : ''
    return texts && { source, label: labelOf(setting) + where, texts, type: setting.type }
  }
}

function fileLayer({ path, values }: FileContent): Layer {
  return ({ name, type }) => {
    const data = values[name]
    if (data === undefined) return undefined
    const label = `${name} in ${path}`
    const texts = type.form.texts(data)
    if (texts === undefined) {
      const expected = `${type.expected}, written as ${type.form.noun}`
      throw createError('NWORKERS_E_SETTING', label, JSON.stringify(data), expected)
    }
    return { source: { from: 'config file', path }, label, texts, type }
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

function readStatement({ label, texts, type }: Statement, start: Start): unknown {
  const { cwd, cpus = () => availableCpus() } = start
  const reject = (text: string) => createError('NWORKERS_E_SETTING', label, shown(text), type.expected)
  return type.read(texts, { cwd, cpus, reject })
}

const noApp =
  'No APP is given. Say which app to serve, as in "nworkers -w 4 app:handler"; "nworkers --help" shows the options.'
