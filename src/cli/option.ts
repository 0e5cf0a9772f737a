import { defaultText, flagOf } from '../settings/names.js'
import type { AnySetting, SettingName } from '../settings/setting.js'
import { allSettings, groups } from '../settings/table.js'

/** What the command line can ask for instead of serving. */
export type Action = 'check-config' | 'print-config' | 'version' | 'help'

/** An option as the command line knows it. */
export interface Option {
  /** Without its dashes. */
  flag: string
  alias?: string
  group: string
  doc: string
  takesValue: boolean
  meaning: { setting: SettingName } | { action: Action }
}

/** The headings of the help, in their order. */
export const headings: readonly string[] = [...groups, 'Instead of serving']

/** Every option there is: one for each setting that is not positional, and the actions. */
export const options: readonly Option[] = [
  ...allSettings.filter(({ positional }) => !positional).map(optionOf),
  action('check-config', 'Check the settings, load the app once and say what it is.'),
  action('print-config', 'Show every setting and where its value comes from.'),
  action('version', 'Show the version.', 'v'),
  action('help', 'Show this help.', 'h'),
]

function optionOf(setting: AnySetting): Option {
  const { name, alias, group, doc, type } = setting
  return {
    flag: flagOf(name),
    ...(alias !== undefined && { alias }),
    group,
    doc: [doc, ...notes(setting)].join(' '),
    takesValue: type.metavar !== undefined,
    meaning: { setting: name },
  }
}

function notes(setting: AnySetting): string[] {
  const standard = defaultText(setting)
  const facts = [
    setting.type.metavar,
    standard !== undefined && `default: ${[...variableNames(setting), standard].join(', else ')}`,
  ].filter((fact) => typeof fact === 'string')
  return facts.length === 0 ? [] : [`[${facts.join(', ')}]`]
}

function variableNames({ variables = [] }: AnySetting): string[] {
  return variables.map(({ name }) => `$${name}`)
}

function action(name: Action, doc: string, alias?: string): Option {
  return {
    flag: name,
    ...(alias !== undefined && { alias }),
    group: 'Instead of serving',
    doc,
    takesValue: false,
    meaning: { action: name },
  }
}
