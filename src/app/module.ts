import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createError } from '../errors.js'
import { bootFailure } from './boot-failure.js'
import { followSourceMap } from './source-maps.js'
import { isError } from './stack.js'
import { isTypeScript, registerTypeScript } from './typescript.js'

/** Node could import some of these, but there is no app in them. */
const NO_CODE = new Set(['.json', '.node', '.wasm'])

export interface LoadedModule {
  /** As `import()` gives it; for CommonJS `default` is `module.exports`. */
  namespace: Record<string, unknown>
  isCommonJs: boolean
}

/**
 * Imports the file.
 * Throws `NWORKERS_E_SPECIFIER` for a file that holds no JavaScript or TypeScript and `NWORKERS_E_BOOT` when it threw.
 */
export async function importModule(file: string, module: string): Promise<LoadedModule> {
  const extension = extname(file)
  if (NO_CODE.has(extension)) throw noCode(file, module)
  try {
    if (isTypeScript(file)) await registerTypeScript(file)
    else followSourceMap(file)
    const namespace: Record<string, unknown> = await import(pathToFileURL(file).href)
    return { namespace, isCommonJs: isCommonJs(namespace, file) }
  } catch (thrown) {
    if (!isTypeScript(file) && isUnknownExtension(thrown, extension)) throw noCode(file, module)
    throw await bootFailure(`${file} threw while loading`, thrown, file)
  }
}

/** Node marks these namespaces since 23; before, only the cache of `require` tells. */
function isCommonJs(namespace: object, file: string): boolean {
  return 'module.exports' in namespace || realpathSync(file) in createRequire(import.meta.url).cache
}

function isUnknownExtension(thrown: unknown, extension: string): boolean {
  return (
    isError(thrown) &&
    'code' in thrown &&
    thrown.code === 'ERR_UNKNOWN_FILE_EXTENSION' &&
    thrown.message.includes(`"${extension}"`)
  )
}

function noCode(file: string, module: string) {
  return createError(
    'NWORKERS_E_SPECIFIER',
    `The module ${module} cannot be an app: ${file} holds neither JavaScript nor TypeScript. Name the file that exports the app.`,
  )
}
