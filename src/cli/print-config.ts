import { configure } from '../config/configure.js'
import { describeSource, type Resolved, type Start } from '../settings/resolve.js'
import { allSettings } from '../settings/table.js'
import { shown } from '../settings/text.js'
import { forward, print } from './terminal.js'

/** Shows every setting and where its value came from; the app is not loaded. Returns the exit code. */
export async function printConfig(start: Start): Promise<number> {
  print(formatConfig(await configure(start, { onOutput: forward })))
  return 0
}

/** One line a setting: `name = value  # where from`. */
export function formatConfig({ settings, sources }: Resolved): string {
  const rows = allSettings.map(({ name, type }) => {
    const value = type.write(settings[name])
    return { name, value: value === '' ? '' : shown(value), source: describeSource(sources[name]) }
  })
  const nameWidth = Math.max(...rows.map(({ name }) => name.length))
  const valueWidth = Math.max(...rows.map(({ value }) => value.length))
  return rows
    .map(({ name, value, source }) => `${name.padEnd(nameWidth)} = ${value.padEnd(valueWidth)}  # ${source}`)
    .join('\n')
}
