import { readFileSync } from 'node:fs'

/** How compilers name the map of a file: https://tc39.es/ecma426/#sec-linking-generated-code. */
const LINK = '# sourceMappingURL='

/**
 * Has stacks name the sources of what is loaded from now on, if this file is compiled and names its map. Without a map it
 * would change nothing; with one it makes reading a stack twice as dear, so `--no-enable-source-maps` of Node is heeded.
 */
export function followSourceMap(file: string): void {
  if (process.execArgv.includes('--no-enable-source-maps')) return
  if (readFileSync(file).includes(LINK)) process.setSourceMapsEnabled(true)
}
