import { readFileSync } from 'node:fs'
import { basename, dirname, extname } from 'node:path'
import { compilerOptions, nearest, tsconfigOf } from './tsconfig.js'

/** Those that hold TypeScript or JSX. */
const EXTENSIONS = new Set(['.ts', '.mts', '.cts', '.tsx', '.jsx'])

/** Names of modules that have Node load TypeScript by another compiler. With tsx itself, twice is as once. */
const OTHER_LOADERS = /(?:^|[^a-z])(?:swc|ts-node|oxc|esbuild-register|sucrase|babel|jiti)(?:$|[^a-z])/i

/** As the registration of a loader, this holds for the whole process. */
let leftToOther = false

/** What is loaded before the app. A loader among these modules is the user's choice, and two would be at odds. */
export function heedLoaders(modules: readonly string[]): void {
  leftToOther ||= modules.some((module) => OTHER_LOADERS.test(nameOf(module)))
}

/** Without the folders that it happens to lie in. */
function nameOf(module: string): string {
  const installed = module.split('node_modules/').at(-1) ?? module
  return /^[./]/.test(installed) ? basename(installed) : installed
}

/** Whether TypeScript is loaded by what the user has named, and not by tsx. */
export function isLeftToOther(): boolean {
  return leftToOther
}

export function isTypeScript(file: string): boolean {
  return EXTENSIONS.has(extname(file))
}

/**
 * Makes this process able to import the file and what it imports. Where Node by itself surely does the same as the loader
 * that is nothing: the loader costs some 50 ms and, with its compiler, 20 MB a worker.
 */
export async function registerTypeScript(file: string): Promise<void> {
  if (leftToOther) return
  // By itself the loader looks in the working directory alone, which of a monorepo may be another one.
  const tsconfig = tsconfigOf(file)
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
  const options = await compilerOptions(tsconfig)
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
