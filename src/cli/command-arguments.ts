import { createError } from '../errors.js'
import { commandArguments, type Given } from '../settings/resolve.js'
import { type CommandLine, parseCommandLine } from './command-line.js'
import { splitWords } from './split-words.js'

/**
 * The settings that `NWORKERS_CMD_ARGS` gives: more words of the command line, weaker than the real ones.
 * @throws NWORKERS_E_USAGE for what is no setting
 */
export function readCommandArguments(env: Readonly<Record<string, string | undefined>>): Given {
  const text = env[commandArguments] ?? ''
  const words = splitWords(text)
  if (words === undefined) throw mistake(`a quote is not closed in ${text}`)
  if (words.length === 0) return {}
  const { action, given } = parse(words)
  if (action === 'serve') return given
  throw mistake(`--${action} can only be given on the command line.`)
}

function parse(words: readonly string[]): CommandLine {
  try {
    return parseCommandLine(words)
  } catch (error) {
    throw mistake(error instanceof Error ? error.message : String(error))
  }
}

function mistake(problem: string) {
  return createError('NWORKERS_E_USAGE', `Variable ${commandArguments}: ${problem}`)
}
