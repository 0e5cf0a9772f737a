import { compilerOptions, tsconfigOf } from './tsconfig.js'
import { isLeftToOther, isTypeScript } from './typescript.js'

/**
 * What to say to a project whose compiler writes the types of parameters beside its decorators, by which Nest, TypeORM
 * and their like inject: tsx does not, and the app would fail where it asks for them, far from the cause.
 */
export async function missingMetadata(file: string): Promise<string | undefined> {
  if (!isTypeScript(file) || isLeftToOther()) return undefined
  const tsconfig = tsconfigOf(file)
  if (tsconfig === undefined) return undefined
  const { emitDecoratorMetadata } = await compilerOptions(tsconfig)
  if (emitDecoratorMetadata !== true) return undefined
  return (
    `${tsconfig} sets emitDecoratorMetadata, which tsx does not heed: what is injected by the type of a parameter stays ` +
    'undefined. Install @swc-node/register and @swc/core and run with --import @swc-node/register/esm-register, or serve ' +
    'the build; an app that does not inject by types can take the option out.'
  )
}
