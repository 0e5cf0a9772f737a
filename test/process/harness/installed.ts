import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { projectFolder, type TemporaryFolder } from './application.js'

/** Puts the package into the folder, as if this dependency were not installed. Gives the script of the command. */
export function installWithout(dependency: string, { path: at }: TemporaryFolder): string {
  for (const part of ['bin', 'dist/src', 'package.json']) {
    cpSync(path.join(projectFolder, part), at(part), { recursive: true })
  }
  const modules = path.join(projectFolder, 'node_modules')
  mkdirSync(at('node_modules'))
  for (const name of readdirSync(modules)) {
    if (name !== dependency) symlinkSync(path.join(modules, name), at(path.join('node_modules', name)))
  }
  return at('bin/nworkers.js')
}
