import yargs from 'yargs'
import { settingNamed } from '../settings/table.js'
import { headings, options } from './option.js'
import { subcommands } from './subcommand.js'

declare module 'yargs' {
  // Missing from its type declarations.
  interface Argv {
    usageConfiguration(configuration: { 'hide-types': boolean }): this
  }
}

const examples: readonly [command: string, what: string][] = [
  ['$0 app', 'Serve ./app.js with one worker on 127.0.0.1:8000'],
  ['$0 -w 4 -b :8080 src/server.ts:app', 'Four workers on every interface, a named export'],
  [
    '$0 -w auto -b unix:/run/app.sock \'app:create({"debug":false})\'',
    'A worker for each CPU, a factory with arguments',
  ],
  ['$0 --check-config app', 'See whether it would start'],
  ...subcommands.map(({ usage, doc }): [command: string, what: string] => [`$0 ${usage}`, doc]),
]

const introduction = `Usage: $0 [options] APP

APP is ${settingNamed('app').type.metavar}. ${settingNamed('app').doc}`

const closing =
  'Durations are 500ms, 30 (seconds), 2m or 1h. The command line beats NWORKERS_CMD_ARGS, that beats the config file, and that beats other variables, such as NWORKERS_GRACEFUL_TIMEOUT for --graceful-timeout.'

/** The text of `--help`, as wide as this many columns. */
export async function helpText(width: number): Promise<string> {
  const parser = yargs([])
    .scriptName('nworkers')
    .locale('en')
    .help(false)
    .version(false)
    .usageConfiguration({ 'hide-types': true })
    .wrap(width)
    .usage(introduction)
    .epilogue(closing)
  for (const heading of headings) {
    for (const { flag, alias, doc, takesValue } of options.filter(({ group }) => group === heading)) {
      parser.option(flag, {
        group: `${heading}:`,
        describe: doc,
        ...(alias !== undefined && { alias }),
        type: takesValue ? 'string' : 'boolean',
      })
    }
  }
  for (const [command, what] of examples) parser.example(command, what)
  return parser.getHelp()
}
