import { createError } from '../errors.js'
import { suggest } from '../settings/suggestion.js'
import { shown } from '../settings/text.js'
import { type Option, options } from './option.js'
import { refuseOption } from './refusal.js'

const optionsByWord = new Map<string, Option>(
  options.flatMap((option) => [
    [`--${option.flag}`, option],
    ...(option.alias === undefined ? [] : [[`-${option.alias}`, option] as const]),
  ]),
)

/**
 * Checks the words of a command line and writes its options in one way, `--flag` or `--flag=value`. yargs-parser is fed with
 * the result, because by itself it reads `-wauto` as five options and takes unknown options for values.
 * @throws NWORKERS_E_USAGE for an unknown or refused option, a missing value and one too many.
 */
export function checkWords(words: readonly string[]): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const checked = words.slice(0, end).map((word, index) => {
    if (!looksLikeOption(word)) return word
    const next = words[index + 1]
    return checkOption(word, next !== undefined && !looksLikeOption(next))
  })
  return [...checked, ...words.slice(end)]
}

function checkOption(word: string, valueFollows: boolean): string {
  const { name, value } = splitOption(word)
  const option = optionsByWord.get(name)
  if (option === undefined) throw createError('NWORKERS_E_USAGE', refuseOption(name) ?? unknownOption(name))
  const flag = `--${option.flag}`
  if (option.takesValue) {
    if (value !== undefined) return `${flag}=${value}`
    if (valueFollows) return flag
    throw createError(
      'NWORKERS_E_USAGE',
      `${flag} needs a value, as in ${flag}=VALUE; see "nworkers --help".`,
    )
  }
  // Spelled out, since yargs would take an APP named true for the value.
  if (value === undefined) return `${flag}=true`
  throw createError('NWORKERS_E_USAGE', `${flag} takes no value, but ${shown(value)} was given.`)
}

function looksLikeOption(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}

/** Parts `--flag=value`, `-x=value` and `-xvalue`. */
function splitOption(word: string): { name: string; value: string | undefined } {
  const [, name = word, value] = /^(--[^=]+|-[^-])=(.*)$/s.exec(word) ?? /^(-[^-])(.+)$/s.exec(word) ?? []
  return { name, value }
}

function unknownOption(name: string): string {
  const meant = suggest(
    name,
    options.map(({ flag }) => flag),
  )
  const hint = meant === undefined ? 'See "nworkers --help" for what there is.' : `Did you mean --${meant}?`
  return `Unknown option ${shown(name)}. ${hint}`
}
