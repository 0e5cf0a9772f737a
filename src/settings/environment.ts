import { variableOf } from './names.js'
import type { AnySetting } from './setting.js'
import type { ValueType } from './value.js'

/** A variable that a setting may come from, and how it is read. */
export interface Variable {
  name: string
  type: ValueType<unknown>
}

/** The variables of a setting, the stronger one first. */
export function variablesOf({ name, type, variables = [] }: AnySetting): Variable[] {
  return [{ name: variableOf(name), type }, ...variables.map((variable) => ({ type, ...variable }))]
}

/** Looks a setting up in the environment. An empty variable counts as unset; commas part the values of a list. */
export function readVariable(
  env: Readonly<Record<string, string | undefined>>,
  setting: AnySetting,
): (Variable & { texts: readonly string[] }) | undefined {
  for (const variable of variablesOf(setting)) {
    const text = env[variable.name]
    if (text) return { ...variable, texts: variable.type.repeatable ? text.split(',') : [text] }
  }
  return undefined
}
