import { importModule } from '../app/module.js'
import { describeValue, isCallable, isPlainObject, isPropertied } from '../app/value.js'
import { NworkersError } from '../errors.js'

/** What a config file exports: an object, a promise of one, or a function that gives one. Throws a sentence. */
export async function importConfig(path: string): Promise<Record<string, unknown>> {
  const { namespace } = await importModule(path, path)
  if (!('default' in namespace)) {
    throw new NworkersError(
      'NWORKERS_E_CONFIG',
      'it has no default export. Write its settings as: export default { workers: 4 }',
    )
  }
  const exported = await unwrap(namespace.default)
  const config: unknown = isCallable(exported) ? await exported() : exported
  if (isPlainObject(config)) return config
  const what = isCallable(exported) ? 'the function it exports gives' : 'its default export is'
  throw new NworkersError(
    'NWORKERS_E_CONFIG',
    `${what} ${describeValue(config)}. Expected an object of settings.`,
  )
}

/** The default export of an ES module that a compiler has turned into CommonJS is one level deeper. */
function unwrap(exported: unknown): unknown {
  return isPropertied(exported) && '__esModule' in exported && 'default' in exported
    ? exported.default
    : exported
}
