import { options } from '../cli/option.js'
import { NworkersError } from '../errors.js'
import { flagOf, variableOf } from '../settings/names.js'
import type { SettingName } from '../settings/setting.js'
import type { Settings } from '../settings/settings.js'
import { type Environment, readEnvironment } from './environment.js'
import { error, type Finding, note } from './finding.js'
import { type Place, textAt } from './place.js'
import { findProgram, type Program } from './program.js'
import { readSettings } from './settings.js'
import type { Workload } from './workload.js'

/** A container that runs nworkers. */
export interface Server {
  workload: Workload
  container: Place
  program: Program
  settings: Settings
  /** The number of workers is that of the node's CPUs. */
  isByNode: boolean
  /** Where a setting is given, else where the arguments are. */
  placeOf(setting: SettingName): Place
}

/**
 * The containers of the workload that run nworkers, and what is wrong with their settings or had to be assumed. `isAlone`
 * says that no other workload could have one.
 */
export function serversIn(workload: Workload, isAlone: boolean): { servers: Server[]; findings: Finding[] } {
  const containers = workload.pod.at('containers').items()
  const servers: Server[] = []
  const findings: Finding[] = []
  for (const container of containers) {
    const environment = readEnvironment(container)
    const program = findProgram(container, environment, isAlone && containers.length === 1)
    if (program === undefined) continue
    findings.push(...textsOnly(container), ...assumptions(program, environment))
    try {
      const { settings, isByNode, doubts } = readSettings(program, environment, container)
      findings.push(...doubts)
      const placeOf = (setting: SettingName) => placeOfSetting(setting, program.place, environment)
      servers.push({ workload, container, program, settings, isByNode, placeOf })
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
    .filter(({ value }) => value !== undefined && value !== null && typeof value !== 'string')
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

function placeOfSetting(setting: SettingName, place: Place, { places }: Environment): Place {
  const option = options.find(({ meaning }) => 'setting' in meaning && meaning.setting === setting)
  const flags = [`--${flagOf(setting)}`, ...(option?.alias === undefined ? [] : [`-${option.alias}`])]
  const isFlag = (word: string) => flags.some((flag) => word === flag || word.startsWith(`${flag}=`))
  const word = place.items().find((item) => isFlag(textAt(item) ?? ''))
  return word ?? places.get(variableOf(setting)) ?? place
}
