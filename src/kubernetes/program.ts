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
  const [command, args] = [container.at('command'), container.at('args')]
  const words = [...command.items(), ...args.items()].map(({ value }) =>
    expand(String(value), environment.values),
  )
  const place = args.items().length > 0 ? args : command.value === undefined ? container : command
  const isConfigured = [...environment.places.keys()].some((name) => name.startsWith('NWORKERS_'))
  const certain = inWords(words, place) ?? inShell(words, place)
  if (certain !== undefined) return certain
  if (command.value !== undefined) return isConfigured ? hidden(words, place) : undefined
  return isConfigured || isAlone || isCommandLine(words) ? ofTheImage(words, place) : undefined
}

function inWords(words: readonly string[], place: Place): Program | undefined {
  const name = words.findIndex((word) => nworkers.test(word))
  if (name < 0) return undefined
  const launcher = launcherIn(words.slice(0, name))
  return { words: words.slice(name + 1), place, ...(launcher !== undefined && { between: launcher }) }
}

function inShell(words: readonly string[], place: Place): Program | undefined {
  const shell = words.findIndex((word) => shells.includes(baseOf(word)))
  const flag = words.findIndex((word, index) => index > shell && /^-\w*c$/.test(word))
  const script = shell < 0 || flag < 0 ? [] : shellWords(words[flag + 1] ?? '')
  const name = script.findIndex((word) => nworkers.test(word))
  if (name < 0) return undefined
  const before = script.slice(0, name)
  const command = before.slice(before.findLastIndex((word) => operator.test(word)) + 1)
  const after = script.slice(name + 1)
  const end = after.findIndex((word) => operator.test(word))
  const between = launcherIn(command) ?? (command.includes('exec') ? undefined : baseOf(words[shell]))
  return {
    words: end < 0 ? after : after.slice(0, end),
    place,
    ...(between !== undefined && { between }),
  }
}

function launcherIn(words: readonly string[]): string | undefined {
  return words.map(baseOf).find((word) => launchers.includes(word))
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
  const launcher = launcherIn(words.slice(0, 1))
  return {
    words: [],
    place,
    ...(launcher !== undefined && { between: launcher }),
    assumption: `What ${words[0]} starts is not in the manifest; since there are variables of nworkers, it is assumed that it starts nworkers with those alone.`,
  }
}

function ofTheImage(words: readonly string[], place: Place): Program {
  const what = words.length > 0 ? 'these args' : 'the settings that stand here'
  return {
    words,
    place,
    assumption: `The command is the image's; it is assumed that it starts nworkers with ${what} and no others. A command here, as in ["tini", "--", "node_modules/.bin/nworkers"], makes it certain.`,
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
