import { parseSpecifier, type Specifier } from '../app/specifier.js'

/** A function that takes one item, or, marked by `batch`, an array of them and gives as many results. */
export type ItemFunction = ((input: never) => unknown) & { batch?: boolean | number }

type Batched = { batch: true | number }
type First<F> = F extends (input: infer Input) => unknown ? Input : never
type Outcome<F> = F extends (input: never) => infer Output ? Awaited<Output> : never

/** What one item of the inputs is. */
export type InputOf<F> = F extends Batched
  ? First<F> extends readonly (infer Input)[]
    ? Input
    : never
  : First<F>

/** What one item becomes. */
export type OutputOf<F> = F extends Batched
  ? Outcome<F> extends readonly (infer Output)[]
    ? Output
    : never
  : Outcome<F>

/** Which function to run: `'module:export'`, as an app is named, relative to the current directory; or where it is. */
export type Target = string | { module: URL; export: string }

/** What a worker needs to find the function. */
export interface Address {
  specifier: Specifier
  /** Absolute. */
  chdir: string
}

/**
 * Where the function is. A module without an export means its default one.
 * @throws NWORKERS_E_SPECIFIER where the syntax is wrong
 */
export function addressOf(target: Target, chdir: string = process.cwd()): Address {
  const specifier = parseSpecifier(
    typeof target === 'string' ? target : `${target.module.href}:${target.export}`,
  )
  return {
    specifier: { ...specifier, export: specifier.export ?? { names: ['default'], call: undefined } },
    chdir,
  }
}
