import type { Argv } from 'yargs'
import { headings, options } from './option.js'

/**
 * A yargs parser that knows every option and changes no value: all stay the texts that were given. yargs is loaded
 * here, when it is needed, because loading it takes longer than all the rest of the command line.
 */
export async function createParser(words: readonly string[]): Promise<Argv> {
  const { default: yargs } = await import('yargs')
  const parser = yargs([...words])
    .scriptName('nworkers')
    .locale('en')
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail(false)
    .parserConfiguration({ 'parse-positional-numbers': false })
  for (const heading of headings) {
    for (const { flag, alias, doc, takesValue } of options.filter(({ group }) => group === heading)) {
      parser.option(flag, {
        group: `${heading}:`,
        describe: doc,
        ...(alias !== undefined && { alias }),
        // One value each: an array would swallow the APP that follows.
        ...(takesValue ? { type: 'string', nargs: 1 } : { type: 'boolean' }),
      })
    }
  }
  return parser
}
