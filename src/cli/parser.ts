import parse from 'yargs-parser'
import { options } from './option.js'

const flagsThat = (takeValues: boolean): string[] =>
  options.filter(({ takesValue }) => takesValue === takeValues).map(({ flag }) => flag)

const known: parse.Options = {
  string: flagsThat(true),
  boolean: flagsThat(false),
  // One value each: an array would swallow the APP that follows.
  narg: Object.fromEntries(flagsThat(true).map((flag) => [flag, 1])),
  configuration: { 'parse-positional-numbers': false },
}

/**
 * What checked words say, by flag; words that belong to none are under `_`. All stay the texts that were given. This is
 * the parser of yargs alone, since loading the whole of it takes longer than starting Node.
 */
export function parseWords(checked: readonly string[]): Readonly<Record<string, unknown>> {
  return parse([...checked], known)
}
