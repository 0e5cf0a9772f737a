import type { Settings } from './settings.js'
import type { ValueType } from './value.js'

export type SettingName = keyof Settings

/** An environment variable besides the setting's own `NWORKERS_…`, which beats it. */
export interface Variable<Value> {
  name: string
  /** How this variable is read, where that differs from the setting's flag. */
  type?: ValueType<Value>
}

/** One setting: everything that help, documentation, validation and the environment need to know about it. */
export interface Setting<Value> {
  type: ValueType<Value>
  /** One sentence. */
  doc: string
  /** The one-letter flag. */
  alias?: string
  /** Given by its place on the command line and not by a flag. */
  positional?: true
  /** Says where the config file is, so it can't be in there. */
  notInFile?: true
  variables?: readonly Variable<Value>[]
  /** What the user could have typed; without it the type reads no text at all. */
  default?: string
  /** The setting whose text stands in where this one is not given. */
  defaultsTo?: SettingName
}

/** Every setting, under its name in a configuration. */
export type Table = { [Name in SettingName]: Setting<Settings[Name]> }

/** A setting together with its name and the section that it is in, whatever its value is. */
export type AnySetting = Setting<unknown> & { name: SettingName; group: string }
