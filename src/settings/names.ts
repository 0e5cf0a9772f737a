import type { AnySetting, SettingName } from './setting.js'

/** The flag of a setting without its dashes: `graceful-timeout`. */
export function flagOf(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The setting's own environment variable: `NWORKERS_GRACEFUL_TIMEOUT`. */
export function variableOf(name: SettingName): string {
  return `NWORKERS_${flagOf(name).replaceAll('-', '_').toUpperCase()}`
}

/** How a message names the setting on the command line: its flag, or its place. */
export function labelOf({ name, positional }: AnySetting): string {
  return positional ? name.toUpperCase() : `--${flagOf(name)}`
}

/** What the setting is when nobody gives it, for help and documentation; undefined where it is nothing. */
export function defaultText(setting: AnySetting): string | undefined {
  return setting.defaultsTo === undefined ? setting.default : `the ${setting.defaultsTo}`
}
