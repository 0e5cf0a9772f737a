import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder, type TemporaryFolder } from './application.js'

/**
 * Puts the package into the folder as a user has it who installed this optional peer dependency beside it.
 * Gives the script of the command, or undefined where npm can't install the dependency.
 */
export function installWith(dependency: string, { path: at }: TemporaryFolder): string | undefined {
  const installed = installPeer(dependency)
  if (installed === undefined) return undefined
  for (const part of ['bin', 'dist/src', 'package.json']) {
    cpSync(path.join(projectFolder, part), at(part), { recursive: true })
  }
  mkdirSync(at('node_modules'))
  for (const modules of [path.join(projectFolder, 'node_modules'), installed]) {
    for (const name of readdirSync(modules)) {
      if (!name.startsWith('.')) symlinkSync(path.join(modules, name), at(path.join('node_modules', name)))
    }
  }
  return at('bin/nworkers.js')
}

/** The folder of modules that holds it, made once in `.cache/`. */
function installPeer(dependency: string): string | undefined {
  const folder = path.join(projectFolder, '.cache', dependency)
  const modules = path.join(folder, 'node_modules')
  if (existsSync(path.join(modules, dependency))) return modules
  const { peerDependencies }: { peerDependencies: Record<string, string> } = JSON.parse(
    readFileSync(path.join(projectFolder, 'package.json'), 'utf8'),
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  const wanted = `${dependency}@${peerDependencies[dependency]}`
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', ...options, wanted], { cwd: folder, timeout: 60_000 })
  return status === 0 ? modules : undefined
}
