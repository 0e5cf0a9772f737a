import type { BindAddress } from '../sockets/address.js'
import type { Surge } from './count.js'
import type { Settings } from './settings.js'

/** How a config file writes a value. */
type Written<Value> = Value extends boolean
  ? boolean
  : Value extends number | Surge
    ? number | string
    : Value extends BindAddress[]
      ? number | string | readonly (number | string)[]
      : Value extends readonly string[]
        ? string | readonly string[]
        : Value extends string
          ? Value
          : Value extends Record<string, string>
            ? Readonly<Record<string, string | number | boolean>>
            : string

/** Settings whose written form their value does not tell. */
interface Exceptions {
  /** In octal, as a text: `027`. */
  umask?: string | undefined
}

/**
 * The settings that a config file may hold, under the names of docs/settings.md. Durations are `30` (seconds), `500ms`
 * or `2m`, sizes `512M`.
 */
export type ConfigSettings = Exceptions & {
  readonly [Name in keyof Settings as Exclude<Name, 'config' | keyof Exceptions>]?:
    | Written<NonNullable<Settings[Name]>>
    | undefined
}
