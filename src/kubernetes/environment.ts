import { type Place, textAt } from './place.js'

/** The variables of a container, as far as they stand in the manifest. */
export interface Environment {
  /** Those whose value is there. */
  values: Readonly<Record<string, string>>
  /** Those that come from elsewhere, such as a Secret. */
  unknown: readonly string[]
  /** Where each of them is. */
  places: ReadonlyMap<string, Place>
  /** Whole ConfigMaps or Secrets, of which any variable may come. */
  sources: readonly Place[]
}

export function readEnvironment(container: Place): Environment {
  const values: Record<string, string> = {}
  const unknown: string[] = []
  const places = new Map<string, Place>()
  for (const entry of container.at('env').items()) {
    const name = textAt(entry.at('name'))
    if (name === undefined) continue
    places.set(name, entry)
    const value = expand(String(entry.at('value').value ?? ''), values)
    if (entry.at('valueFrom').value !== undefined || isUnknown(value)) unknown.push(name)
    else values[name] = value
  }
  return { values, unknown, places, sources: container.at('envFrom').items() }
}

/** The text with each `$(NAME)` of Kubernetes replaced where the value is known. */
export function expand(text: string, values: Environment['values']): string {
  return text.replace(/\$\((\w+)\)/g, (whole, name: string) => values[name] ?? whole)
}

function isUnknown(value: string): boolean {
  return /\$\(\w+\)/.test(value)
}
