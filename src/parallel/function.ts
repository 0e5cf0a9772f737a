import { pickExport } from '../app/export.js'
import { importModule } from '../app/module.js'
import { readExports } from '../app/namespace.js'
import { resolveModule } from '../app/resolve.js'
import { describeValue, isCallable } from '../app/value.js'
import { createError } from '../errors.js'
import type { Address } from './target.js'

/** A loaded function, ready to be called. */
export interface LoadedFunction {
  call(input: unknown): unknown
  /** How many items one call takes at most; undefined for a function of one item. */
  batch: number | undefined
}

/**
 * Loads the function in the way apps are loaded.
 * @throws NWORKERS_E_SPECIFIER where there is none, NWORKERS_E_BOOT when its module threw
 */
export async function loadFunction({ specifier, chdir }: Address): Promise<LoadedFunction> {
  const file = resolveModule(specifier.module, chdir)
  const exports = readExports(await importModule(file, specifier.module))
  const { value, owner, subject } = await pickExport(exports, specifier)
  if (!isCallable(value)) {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `${subject} is ${describeValue(value)}. Name a function that takes an item and gives its result.`,
    )
  }
  return { call: (input) => value.call(owner, input), batch: batchOf(value) }
}

function batchOf(value: object): number | undefined {
  const mark: unknown = 'batch' in value ? value.batch : undefined
  if (mark === true) return Number.POSITIVE_INFINITY
  return typeof mark === 'number' && mark >= 1 ? Math.floor(mark) : undefined
}
