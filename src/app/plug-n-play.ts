import module from 'node:module'
import { hasMethods } from './value.js'

/**
 * The folder of a package in a project of Yarn's Plug'n'Play, which has no node_modules: most lie in archives, and
 * `node:fs` looks into these once `.pnp.cjs` is loaded. Undefined if it is not loaded, or the project declares no such
 * dependency. The API: https://yarnpkg.com/advanced/pnpapi.
 */
export function plugNPlayFolder(name: string, chdir: string): string | undefined {
  const find: unknown = Reflect.get(module, 'findPnpApi')
  if (typeof find !== 'function') return undefined
  // The slash says that it is a folder.
  const issuer = `${chdir}/`
  const api: unknown = find(issuer)
  if (!hasMethods(api, ['resolveToUnqualified'])) return undefined
  try {
    const folder = api.resolveToUnqualified(name, issuer, { considerBuiltins: false })
    return typeof folder === 'string' ? folder : undefined
  } catch {
    return undefined
  }
}
