import { createRequire } from 'node:module'
import path from 'node:path'
import { appsFolder } from './installation.js'

/** A package of the apps' own folder, which this one does not depend on; the caller says what it looks like. */
export function clientPackage<Shape>(name: string): Shape {
  const load = createRequire(path.join(appsFolder, 'package.json'))
  return load(name) as Shape
}
