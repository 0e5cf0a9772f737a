import { statSync } from 'node:fs'
import { join } from 'node:path'

/** The extensions that may be left out, in the order they are tried. */
export const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx']

/** The file at this path, as it stands or with one of the extensions. */
export function findFile(path: string): string | undefined {
  return ['', ...EXTENSIONS].map((extension) => path + extension).find(isFile)
}

/** The `index` file of a folder. */
export function findIndex(folder: string): string | undefined {
  return EXTENSIONS.map((extension) => join(folder, `index${extension}`)).find(isFile)
}

export function isFile(path: string): boolean {
  return stat(path)?.isFile() === true
}

export function isFolder(path: string): boolean {
  return stat(path)?.isDirectory() === true
}

function stat(path: string) {
  try {
    return statSync(path)
  } catch {
    // Not there, behind a file, behind a closed folder, or no possible name: in each case nothing to load.
    return undefined
  }
}
