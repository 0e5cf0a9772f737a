import { dirname, join } from 'node:path'
import type { TsConfigJson } from 'get-tsconfig'
import { isFile } from './file.js'

/** The tsconfig.json that holds for the file: the one that tsx was told, else the nearest one. */
export function tsconfigOf(file: string): string | undefined {
  return process.env.TSX_TSCONFIG_PATH ?? nearest('tsconfig.json', dirname(file))
}

/** Its compiler options, those that it extends included. */
export async function compilerOptions(tsconfig: string): Promise<TsConfigJson.CompilerOptions> {
  const { parseTsconfig } = await import('get-tsconfig')
  return parseTsconfig(tsconfig).compilerOptions ?? {}
}

/** The file of this name in this folder, or in the nearest one above that has one. */
export function nearest(name: string, folder: string): string | undefined {
  const path = join(folder, name)
  if (isFile(path)) return path
  return folder === dirname(folder) ? undefined : nearest(name, dirname(folder))
}
