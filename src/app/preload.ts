import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bootFailure } from './boot-failure.js'
import { importModule } from './module.js'
import { resolveModule } from './resolve.js'
import { heedLoaders } from './typescript.js'

/**
 * Loads modules before the app, in their order: those for `require` first. They are loaded here and not by flags of
 * Node, which would run them before the process has become the user it is to be.
 * Throws `NWORKERS_E_SPECIFIER` for one that is not there and `NWORKERS_E_BOOT` for one that throws.
 */
export async function preload(
  { require: required, import: imported }: { require: readonly string[]; import: readonly string[] },
  chdir: string,
): Promise<void> {
  const require = createRequire(join(chdir, 'package.json'))
  heedLoaders([...required, ...imported])
  for (const name of required) {
    try {
      require(name)
    } catch (thrown) {
      throw await bootFailure(`The module ${name} of --require failed while loading`, thrown)
    }
  }
  for (const name of imported) await importModule(resolveModule(name, chdir), name)
  if (required.length + imported.length > 0) offerToInstrumentation(require)
}

/**
 * What instruments HTTP, such as OpenTelemetry, does it when `http` is next required. An app that is a plain handler may never do that:
 * it is the worker that has made its server, and had loaded `http` before.
 */
function offerToInstrumentation(require: NodeJS.Require): void {
  for (const name of ['http', 'https']) require(name)
}
