import { parseCommandLine } from '../cli/command-line.js'
import { splitWords } from '../cli/split-words.js'
import { type Environment, expand } from './environment.js'
import type { Place } from './place.js'

/** How a container runs nworkers. */
export interface Program {
  /** What follows the name of the program. */
  words: readonly string[]
  /** Where they stand. */
  place: Place
  /** A program between the kubelet and nworkers that takes the signals and does not pass them on. */
  between?: string
  /** What had to be assumed, since the image decides it; a sentence. */
  assumption?: string
}

const nworkers = /^(?:.*\/)?nworkers(?:\.js|@\S*)?$/
/** They start what they are asked for as a child of theirs, and leave it behind when they are told to end. */
const launchers = ['npx', 'npm', 'pnpm', 'yarn', 'bunx', 'corepack']
const shells = ['sh', 'bash', 'dash', 'ash', 'zsh']
/** What ends a command in a shell. */
const operator = /^(?:&&?|\|\|?|;|\d*[<>].*)$/

/**
 * How the container runs nworkers; undefined where it runs something else. `isAlone` says that there is no other
 * container that could.
 */
export function findProgram(
  container: Place,
  environment: Environment,
  isAlone: boolean,
): Program | undefined {
  const command = container.at('command')
  const args = container.at('args')
  const words = [...command.items(), ...args.items()].map(({ value }) =>
    expand(String(value), environment.values),
  )
  const place = args.items().length > 0 ? args : command.value === undefined ? container : command
  const isNamed = words.findIndex((word) => nworkers.test(word))
  if (isNamed >= 0) return afterName(words, isNamed, place)
  const script = scriptOf(words)
  if (script !== undefined && nworkersIn(script)) return inShell(baseOf(words[0]), script, place)
  const speaks = [...environment.places.keys()].some((name) => name.startsWith('NWORKERS_'))
  if (command.value !== undefined) return speaks ? hidden(words, place) : undefined
  if (!speaks && !isAlone && !isCommandLine(words)) return undefined
  const what =
    words.length > 0 ? 'starts nworkers with these args' : 'starts nworkers with the settings that stand here'
  return {
    words,
    place,
    assumption: `The command is the image's; it is assumed that it ${what} and no others. A command here, as in ["tini", "--", "node_modules/.bin/nworkers"], makes it certain.`,
  }
}

function afterName(words: readonly string[], index: number, place: Place): Program {
  const launcher = words
    .slice(0, index)
    .map(baseOf)
    .find((word) => launchers.includes(word))
  return { words: words.slice(index + 1), place, ...(launcher !== undefined && { between: launcher }) }
}

/** What the shell is to run, where the words are those of a shell. */
function scriptOf(words: readonly string[]): string | undefined {
  if (!shells.includes(baseOf(words[0]))) return undefined
  const flag = words.findIndex((word) => /^-\w*c$/.test(word))
  return flag < 0 ? undefined : words[flag + 1]
}

function nworkersIn(script: string): boolean {
  return shellWords(script).some((word) => nworkers.test(word))
}

function inShell(shell: string, script: string, place: Place): Program {
  const words = shellWords(script)
  const start = words.findIndex((word) => nworkers.test(word))
  const before = words.slice(0, start)
  const command = before.slice(before.findLastIndex((word) => operator.test(word)) + 1)
  const after = words.slice(start + 1)
  const end = after.findIndex((word) => operator.test(word))
  const launcher = command.map(baseOf).find((word) => launchers.includes(word))
  const between = launcher ?? (command.includes('exec') ? undefined : shell)
  return {
    words: end < 0 ? after : after.slice(0, end),
    place,
    ...(between !== undefined && { between }),
  }
}

/** Near enough to how a shell reads it: operators stand alone, quotes keep spaces. */
function shellWords(script: string): string[] {
  const spaced = script.replace(/'[^']*'|"[^"]*"|&&?|\|\|?|;|\n/g, (part) =>
    /^['"]/.test(part) ? part : ` ${part === '\n' ? ';' : part} `,
  )
  return splitWords(spaced) ?? []
}

/** Its settings are here, and its name is not: a script of a package or of the image starts it. */
function hidden(words: readonly string[], place: Place): Program {
  const [first = ''] = words
  const launcher = launchers.find((name) => name === baseOf(first))
  return {
    words: [],
    place,
    ...(launcher !== undefined && { between: launcher }),
    assumption: `What ${first} starts is not in the manifest; since there are variables of nworkers, it is assumed that it starts nworkers with those alone.`,
  }
}

function baseOf(word = ''): string {
  return word.slice(word.lastIndexOf('/') + 1)
}

/** Options by which the arguments of nworkers are known; others, such as --config, many programs have. */
const telling = ['workers', 'bind', 'admin', 'gracefulTimeout', 'shutdownDelay'] as const

/** Whether the words are surely those of nworkers: an app, and an option that tells. */
function isCommandLine(words: readonly string[]): boolean {
  try {
    const { given } = parseCommandLine(words)
    return given.app !== undefined && telling.some((name) => given[name] !== undefined)
  } catch {
    return false
  }
}
