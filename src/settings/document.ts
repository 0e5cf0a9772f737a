import { variablesOf } from './environment.js'
import { defaultText, labelOf } from './names.js'
import { commandArguments } from './resolve.js'
import type { AnySetting } from './setting.js'
import { allSettings, groups } from './table.js'

const introduction = `# Settings

<!-- Generated from the table of settings by \`npm run docs\`. Do not edit. -->

A setting comes from the command line, else from the variable \`${commandArguments}\`, else from the config file, where its
name here is its key, else from its environment variable, else it has its default; [configuration.md](configuration.md)
tells more. An empty variable counts as unset. \`nworkers --print-config APP\` shows every setting and where its value
came from.

- **DURATION** is \`500ms\`, \`30s\`, \`2m\` or \`1h\`; a bare number is seconds.
- **ADDRESS** is \`HOST:PORT\`, \`[IPV6]:PORT\`, \`:PORT\` (every IPv4 interface), \`PORT\` (127.0.0.1 alone), \`unix:PATH\`, or
  \`fd://NAME\` or \`fd://N\` for a listening socket that systemd passed, by its name or its descriptor.
  Port 0 lets the system choose; the log says which it was. The variable \`PORT\` means \`0.0.0.0:$PORT\`.
- A flag given twice counts the last time, unless it can be repeated. A variable parts several values with commas.
`

/** The text of docs/settings.md. */
export function settingsDocument(): string {
  const sections = groups.map((group) => {
    const entries = allSettings.filter((setting) => setting.group === group).map(describe)
    return `\n## ${group}\n${entries.join('')}`
  })
  return introduction + sections.join('')
}

function describe(setting: AnySetting): string {
  const variables = variablesOf(setting).map(({ name }) => code(name))
  const facts = [
    `- ${setting.positional ? 'Argument' : 'Flag'}: ${flags(setting).map(code).join(', ')}`,
    `- Environment: ${variables.join(', else ')}`,
    `- Default: ${describeDefault(setting)}`,
    ...(setting.notInFile ? ['- Not in the config file'] : []),
    ...(setting.type.repeatable ? ['- Can be repeated'] : []),
  ]
  return `\n### ${setting.name}\n\n${setting.doc}\n\n${facts.join('\n')}\n`
}

function flags(setting: AnySetting): string[] {
  const { metavar } = setting.type
  if (setting.positional) return [metavar ?? labelOf(setting)]
  const names = setting.alias === undefined ? [labelOf(setting)] : [`-${setting.alias}`, labelOf(setting)]
  return names.map((name) => (metavar === undefined ? name : `${name} ${metavar}`))
}

function describeDefault(setting: AnySetting): string {
  const text = defaultText(setting)
  if (text === undefined) return setting.positional ? 'none, it must be given' : 'none'
  return setting.defaultsTo === undefined ? code(text) : text
}

function code(text: string): string {
  return `\`${text}\``
}
