import path from 'node:path'
import { parseSpecifier } from '../app/specifier.js'
import type { Settings } from '../settings/settings.js'

/** The name of the units of an app, without their suffixes: `--name`, else the name of the app's file or folder. */
export function unitName({ app, name, chdir }: Settings): string {
  const named = name === app ? moduleName(parseSpecifier(app).module, chdir) : name
  return named.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'nworkers'
}

function moduleName(module: string, chdir: string): string {
  const { base, name, ext } = path.parse(path.resolve(chdir, module))
  return /^\.[cm]?[jt]sx?$/.test(ext) ? name : base
}
