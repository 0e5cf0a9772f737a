import type { Argv } from 'yargs'
import { createError } from '../../errors.js'
import type { Backend } from '../../parallel/crew.js'
import { parseDuration } from '../../settings/duration.js'
import { shown } from '../../settings/text.js'
import { helpWidth } from '../terminal.js'

export const inputKinds = ['ndjson', 'csv', 'lines'] as const
/** What the input holds. */
export type InputKind = (typeof inputKinds)[number]

export interface MapOptions {
  target: string
  jobs: number
  backend: Backend
  from: InputKind
  ordered: boolean
  chunk: number | 'auto'
  /** Milliseconds; 0 is no limit. */
  timeout: number
  retries: number
  /** The file that results are appended to; stdout without it. */
  resume: string | undefined
  chdir: string
  verbose: number
}

const options = {
  jobs: { alias: 'j', describe: 'Workers; -1 is one for each core, -2 all but one', default: '-1' },
  backend: { describe: 'threads or processes', default: 'threads' },
  from: { describe: 'What stdin holds: ndjson, csv (with a header) or lines', default: 'ndjson' },
  chunk: { describe: 'Items sent to a worker at once, or auto', default: 'auto' },
  timeout: { describe: 'The longest an item may take, as in 500ms or 30; 0 is no limit', default: '0' },
  retries: { describe: 'How often an item that failed is computed again', default: '0' },
  resume: { describe: 'Append to this file instead of stdout, after the items it already has' },
  chdir: { describe: 'Where MODULE is looked for', default: '.' },
} as const

const introduction = `Usage: $0 [options] MODULE:EXPORT < INPUT > RESULTS.ndjson

Computes the function for each item on stdin, on all cores. Results are JSON, one a line, in the order of the items.`

const closing =
  'Exit codes: 0 all done; 1 some items failed, or reading or writing did; 2 usage; 3 the module failed to load; 4 there is no such function; 130 and 143 interrupted by INT or TERM. See docs/parallel.md.'

async function parserOf(words: readonly string[]): Promise<Argv> {
  const { default: yargs } = await import('yargs')
  const parser = yargs([...words])
    .scriptName('nworkers map')
    .locale('en')
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail(false)
    .strictOptions()
    .parserConfiguration({ 'parse-positional-numbers': false, 'duplicate-arguments-array': false })
  for (const [name, option] of Object.entries(options))
    parser.option(name, { type: 'string', nargs: 1, ...option })
  return parser
    .option('unordered', { type: 'boolean', describe: 'Write results as they are completed' })
    .option('verbose', { alias: 'v', type: 'count', describe: 'Progress lines; more with -vv' })
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' })
}

/** The text of `nworkers map --help`. */
export async function mapHelp(): Promise<string> {
  const parser = await parserOf([])
  return parser
    .usage(introduction)
    .epilogue(closing)
    .example('$0 -j -1 model.js:predict < in.ndjson > out.ndjson', 'Every core')
    .example('$0 --from csv --resume out.ndjson shop.js:price < in.csv', 'Goes on where it was')
    .wrap(helpWidth())
    .getHelp()
}

/**
 * Reads the words after `map`.
 * @throws NWORKERS_E_USAGE
 */
export async function parseMapOptions(words: readonly string[]): Promise<MapOptions | 'help'> {
  const parser = await parserOf(words)
  let given: Record<string, unknown>
  try {
    given = await parser.parseAsync()
  } catch (error) {
    throw usage(`${error instanceof Error ? error.message : String(error)}.`)
  }
  if (given.help === true) return 'help'
  const [target, ...more] = [given._].flat().map(String)
  if (target === undefined) throw usage('No function is given. Name it as MODULE:EXPORT.')
  if (more.length > 0)
    throw usage(`Only one function can be given, but there is also ${shown(more.join(' '))}.`)
  const text = (name: keyof typeof options) => String(given[name])
  const unordered = given.unordered === true
  if (unordered && given.resume !== undefined) {
    throw usage('--resume counts results in their order, so it goes without --unordered.')
  }
  return {
    target,
    jobs: read('jobs', text('jobs'), jobsOf, 'a whole number from 1, -1 for all cores or -2 for all but one'),
    backend: read('backend', text('backend'), oneOf(['threads', 'processes']), 'threads or processes'),
    from: read('from', text('from'), oneOf(inputKinds), 'ndjson, csv or lines'),
    ordered: !unordered,
    chunk: read('chunk', text('chunk'), chunkOf, 'a whole number from 1, or auto'),
    timeout: read('timeout', text('timeout'), parseDuration, 'a duration such as 500ms or 30 (seconds)'),
    retries: read('retries', text('retries'), wholeNumber, 'a whole number from 0'),
    resume: given.resume === undefined ? undefined : text('resume'),
    chdir: (await import('node:path')).resolve(text('chdir')),
    verbose: Number(given.verbose ?? 0),
  }
}

function read<Value>(
  name: string,
  text: string,
  parse: (text: string) => Value | undefined,
  expected: string,
): Value {
  const value = parse(text)
  if (value === undefined) throw createError('NWORKERS_E_SETTING', `--${name}`, shown(text), expected)
  return value
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function jobsOf(text: string): number | undefined {
  return /^-?[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined
}

function chunkOf(text: string): number | 'auto' | undefined {
  return text === 'auto' ? text : wholeNumber(text) || undefined
}

function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word | undefined {
  return (text) => words.find((word) => word === text)
}

function usage(problem: string) {
  return createError('NWORKERS_E_USAGE', `${problem} See "nworkers map --help".`)
}
