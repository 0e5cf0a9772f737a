import { readCommandArguments } from '../cli/command-arguments.js'
import { type CommandLine, parseCommandLine } from '../cli/command-line.js'
import { createError } from '../errors.js'
import { flagOf, variableOf } from '../settings/names.js'
import { commandArguments, type Given, resolveSettings } from '../settings/resolve.js'
import type { SettingName } from '../settings/setting.js'
import type { Settings } from '../settings/settings.js'
import type { Environment } from './environment.js'
import { type Finding, note } from './finding.js'
import type { Place } from './place.js'
import type { Program } from './program.js'

/** The settings of a container, as far as the manifest has them. */
export interface ContainerSettings {
  settings: Settings
  /** The number of workers is that of the node's CPUs. */
  isByNode: boolean
  doubts: Finding[]
}

/** They say which files the image has, and these can't be seen from here. */
const ofTheImage: readonly SettingName[] = [
  'chdir',
  'config',
  'certfile',
  'keyfile',
  'caCerts',
  'certReqs',
  'ciphers',
  'http2',
]

/** For a number of CPUs that is not known: no setting is refused for being above it. */
const manyCpus = 1024

/**
 * The settings with which the container's nworkers starts.
 * @throws NWORKERS_E_USAGE, NWORKERS_E_SETTING with which it would not start
 */
export function readSettings(
  { words, place }: Program,
  environment: Environment,
  container: Place,
): ContainerSettings {
  const commandLine = onlyServes(parseCommandLine(words))
  const unknown = namesIn(commandLine).filter((name) => commandLine[name]?.some(isVariable))
  const limit = cpuLimitOf(container)
  let isByNode = false
  const { settings } = resolveSettings({
    // Which app it is does not matter, and the image may say it elsewhere.
    commandLine: { ...without(commandLine, [...ofTheImage, ...unknown]), app: ['app'] },
    commandArguments: without(readCommandArguments(environment.values), ofTheImage),
    env: withoutVariables(environment.values),
    cwd: '/',
    cpus() {
      isByNode = limit === undefined
      return limit ?? manyCpus
    },
  })
  const doubts = unknown
    .filter((name) => name !== 'app')
    .map((name) => note(place, `--${flagOf(name)} is known in the cluster alone; its default is assumed.`))
  if (commandLine.config !== undefined || environment.places.has(variableOf('config'))) {
    doubts.push(note(place, 'The config file is not in the manifest; it is assumed to change none of this.'))
  }
  return { settings, isByNode, doubts }
}

function onlyServes({ action, given }: CommandLine): Given {
  if (action === 'serve') return given
  throw createError('NWORKERS_E_USAGE', `--${action} serves nothing.`)
}

/** A word that a shell or the cluster replaces by a value that is not in the manifest. */
function isVariable(text: string): boolean {
  return text.includes('$')
}

function namesIn(given: Given): SettingName[] {
  // Sound because the keys of a Given are names of settings.
  return Object.keys(given) as SettingName[]
}

function without(given: Given, names: readonly SettingName[]): Given {
  return Object.fromEntries(
    namesIn(given)
      .filter((name) => !names.includes(name))
      .map((name) => [name, given[name]]),
  )
}

function withoutVariables(values: Environment['values']): Environment['values'] {
  const names = [...ofTheImage.map(variableOf), commandArguments]
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))
}

/** How many CPUs nworkers counts by the container's limit; undefined where there is none. */
function cpuLimitOf(container: Place): number | undefined {
  const { value } = container.at('resources', 'limits', 'cpu')
  if (value === undefined) return undefined
  const limit = String(value)
  const cpus = limit.endsWith('m') ? Number(limit.slice(0, -1)) / 1000 : Number(limit)
  return Math.max(1, Math.floor(cpus) || 1)
}
