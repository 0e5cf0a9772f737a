import { readCommandArguments } from '../cli/command-arguments.js'
import { type CommandLine, parseCommandLine } from '../cli/command-line.js'
import { options } from '../cli/option.js'
import { NworkersError } from '../errors.js'
import { flagOf, variableOf } from '../settings/names.js'
import { commandArguments, type Given, resolveSettings } from '../settings/resolve.js'
import type { SettingName } from '../settings/setting.js'
import type { Settings } from '../settings/settings.js'
import { type Environment, readEnvironment } from './environment.js'
import { error, type Finding, note } from './finding.js'
import { type Place, textAt } from './place.js'
import { findProgram, type Program } from './program.js'
import type { Workload } from './workload.js'

/** A container that runs nworkers. */
export interface Server {
  workload: Workload
  container: Place
  program: Program
  settings: Settings
  /** The number of workers, or a bound of it, is `auto`. */
  isByCpu: boolean
  /** Where a setting is given, else where the arguments are. */
  placeOf(setting: SettingName): Place
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

/** The containers of the workload that run nworkers, and what is wrong with their settings or had to be assumed. */
export function serversIn(workload: Workload): { servers: Server[]; findings: Finding[] } {
  const containers = workload.pod.at('containers').items()
  const servers: Server[] = []
  const findings: Finding[] = []
  for (const container of containers) {
    const environment = readEnvironment(container)
    const program = findProgram(container, environment, containers.length === 1)
    if (program === undefined) continue
    findings.push(...textsOnly(container), ...assumptions(program, environment))
    try {
      const { settings, isByCpu, doubts } = readSettings(program, environment, cpusOf(container))
      findings.push(...doubts)
      const placeOf = (setting: SettingName) => placeOfSetting(setting, program.place, environment)
      servers.push({ workload, container, program, settings, isByCpu, placeOf })
    } catch (problem) {
      if (!(problem instanceof NworkersError)) throw problem
      findings.push(error(program.place, `nworkers would not start. ${problem.message}`))
    }
  }
  return { servers, findings }
}

/** The API takes nothing but texts in these, and YAML reads `9000` as a number. */
function textsOnly(container: Place): Finding[] {
  const words = [...container.at('command').items(), ...container.at('args').items()]
  const values = container
    .at('env')
    .items()
    .map((entry) => entry.at('value'))
  return [...words, ...values]
    .filter(({ value }) => value !== undefined && typeof value !== 'string')
    .map((place) =>
      error(place, `${place.value} is no text, and the cluster takes nothing else here: put it in quotes.`),
    )
}

function assumptions({ assumption, place }: Program, { sources, unknown, places }: Environment): Finding[] {
  const named = unknown.filter((name) => name.startsWith('NWORKERS_'))
  return [
    ...(assumption === undefined ? [] : [note(place, assumption)]),
    ...sources.map((source) =>
      note(
        source,
        'What this gives is not in the manifest; it is assumed that no setting of nworkers is among it.',
      ),
    ),
    ...named.map((name) =>
      note(
        places.get(name) ?? place,
        `The value of ${name} is not in the manifest; it is assumed to be left out.`,
      ),
    ),
  ]
}

function readSettings(
  program: Program,
  environment: Environment,
  cpus: number,
): { settings: Settings; isByCpu: boolean; doubts: Finding[] } {
  const commandLine = onlyServes(parseCommandLine(program.words))
  const { [commandArguments]: words } = environment.values
  const known = withoutUnknown(commandLine)
  const env = Object.fromEntries(
    Object.entries(environment.values).filter(
      ([name]) => !ofTheImage.some((setting) => variableOf(setting) === name),
    ),
  )
  let isByCpu = false
  const { settings } = resolveSettings({
    commandLine: { ...known.given, app: ['app'] },
    commandArguments: withoutFiles(readCommandArguments({ [commandArguments]: words })),
    env,
    cwd: '/',
    cpus() {
      isByCpu = true
      return cpus
    },
  })
  const doubts = known.unknown.map((setting) =>
    note(program.place, `--${flagOf(setting)} is known in the cluster alone; its default is assumed.`),
  )
  if (commandLine.config !== undefined || environment.values[variableOf('config')] !== undefined) {
    doubts.push(
      note(program.place, 'The config file is not in the manifest; it is assumed to change none of this.'),
    )
  }
  return { settings, isByCpu, doubts }
}

function onlyServes({ action, given }: CommandLine): Given {
  if (action === 'serve') return given
  throw new NworkersError('NWORKERS_E_USAGE', `--${action} serves nothing.`)
}

function withoutFiles(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => !ofTheImage.some((setting) => setting === name)),
  )
}

/** What a variable gives that is not in the manifest can't be read. */
function withoutUnknown(all: Given): { given: Given; unknown: SettingName[] } {
  const given = withoutFiles(all)
  const isKnown = (texts: readonly string[] | undefined) => !texts?.some((text) => text.includes('$'))
  // Sound because its keys are names of settings.
  const names = Object.keys(given) as SettingName[]
  const unknown = names.filter((name) => name !== 'app' && !isKnown(given[name]))
  return {
    given: Object.fromEntries(
      names.filter((name) => !unknown.includes(name)).map((name) => [name, given[name]]),
    ),
    unknown,
  }
}

/** How many CPUs the container's limit is; 1 where there is none. */
function cpusOf(container: Place): number {
  const limit = String(container.at('resources', 'limits', 'cpu').value ?? '1')
  const cpus = limit.endsWith('m') ? Number(limit.slice(0, -1)) / 1000 : Number(limit)
  return Math.max(1, Math.floor(cpus) || 1)
}

function placeOfSetting(setting: SettingName, place: Place, { places }: Environment): Place {
  const option = options.find(({ meaning }) => 'setting' in meaning && meaning.setting === setting)
  const flags = [`--${flagOf(setting)}`, ...(option?.alias === undefined ? [] : [`-${option.alias}`])]
  const isFlag = (word: string) => flags.some((flag) => word === flag || word.startsWith(`${flag}=`))
  const word = place.items().find((item) => isFlag(textAt(item) ?? ''))
  return word ?? places.get(variableOf(setting)) ?? place
}
