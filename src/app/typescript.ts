import { readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { isFile } from './file.js'

/** Those that hold TypeScript or JSX. */
const EXTENSIONS = new Set(['.ts', '.mts', '.cts', '.tsx', '.jsx'])

export function isTypeScript(file: string): boolean {
  return EXTENSIONS.has(extname(file))
}

/**
 * Makes this process able to import the file and what it imports. Where Node by itself surely does the same as the loader
 * that is nothing: the loader costs some 50 ms and, with its compiler, 20 MB a worker.
 */
export async function registerTypeScript(file: string): Promise<void> {
  // By itself the loader looks in the working directory alone, which of a monorepo may be another one.
  const tsconfig = process.env.TSX_TSCONFIG_PATH ?? nearest('tsconfig.json', dirname(file))
  if (tsconfig !== undefined && (await isForNode(file, tsconfig))) return
  if (tsconfig !== undefined) process.env.TSX_TSCONFIG_PATH = tsconfig
  // Both module systems need their own.
  const [commonjs, esm] = await Promise.all([import('tsx/cjs/api'), import('tsx/esm/api')])
  commonjs.register()
  esm.register()
}

/**
 * Whether this Node strips types and the project is written for that, as its tsconfig.json says: nothing but types is to
 * be taken out, no import is dropped, and imports name the `.ts` file. https://nodejs.org/api/typescript.html tells these
 * options. What the source says else can't be known before it runs, and then it is too late to change one's mind.
 */
async function isForNode(file: string, tsconfig: string): Promise<boolean> {
  if (Reflect.get(process.features, 'typescript') !== 'strip' || !isEsModule(file)) return false
  const { parseTsconfig } = await import('get-tsconfig')
  const options = parseTsconfig(tsconfig).compilerOptions ?? {}
  const isErasable = options.erasableSyntaxOnly === true && options.verbatimModuleSyntax === true
  const namesFiles =
    options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true
  // What the loader would heed and Node does not.
  const wantsMore =
    options.paths !== undefined || options.baseUrl !== undefined || options.experimentalDecorators === true
  return isErasable && namesFiles && !wantsMore && options.useDefineForClassFields === true
}

/** Node goes by the syntax where neither the name nor the package tells, and the loader does not. */
function isEsModule(file: string): boolean {
  if (extname(file) !== '.ts') return extname(file) === '.mts'
  const manifest = nearest('package.json', dirname(file))
  return manifest !== undefined && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module'
}

/** The file of this name in this folder, or in the nearest one above that has one. */
function nearest(name: string, folder: string): string | undefined {
  const path = join(folder, name)
  if (isFile(path)) return path
  return folder === dirname(folder) ? undefined : nearest(name, dirname(folder))
}
