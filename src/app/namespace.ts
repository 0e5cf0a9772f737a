import { isApp } from './kinds.js'
import type { LoadedModule } from './module.js'
import { isPlainObject } from './value.js'

/** The exports of a module, whichever module system it is written for. */
export interface ModuleExports {
  /** Sorted; empty if the module exports nothing. */
  names: string[]
  /** Undefined for a name it does not export. */
  get(name: string): unknown
}

/** Not exports: marks of compilers and of Node. */
const MARKS = new Set(['__esModule', 'module.exports'])

/**
 * What a module exports. The default export of CommonJS is `module.exports`; when that is a plain object of exports,
 * and no app by itself, its properties are the exports: `exports.app = …`, and the `exports.default` of compilers.
 */
export function readExports({ namespace, isCommonJs }: LoadedModule): ModuleExports {
  const exported = isCommonJs && isBag(namespace.default) ? namespace.default : namespace
  return {
    names: Object.keys(exported)
      .filter((name) => !MARKS.has(name))
      .sort(),
    get: (name) => (Object.hasOwn(exported, name) ? exported[name] : undefined),
  }
}

/** A plain object that holds exports, as opposed to an app that happens to be a plain object. */
function isBag(value: unknown): value is Record<string, unknown> {
  if (!isPlainObject(value)) return false
  // A module may well export a function named fetch next to its app.
  return ['default', 'app', 'handler'].some((name) => Object.hasOwn(value, name)) || !isApp(value)
}
