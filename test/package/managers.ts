import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'
import { nodeBinary } from '../runner/node-binary.js'
import { readManifest, run } from './tarball.js'

/** Installs a tarball into a project, as a user of this package manager does. */
export interface PackageManager {
  name: string
  install(folder: string, tarball: string): void
}

export const packageManagers: PackageManager[] = [
  {
    name: 'npm',
    install(folder, tarball) {
      run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], folder)
    },
  },
  {
    name: 'pnpm',
    install(folder, tarball) {
      const pnpm = path.join(fetched('pnpm', 12), 'bin/pnpm.mjs')
      // Without the flag it asks whether esbuild, which tsx needs, may check its binary; esbuild works without.
      const options = ['--ignore-scripts', '--store-dir', path.join(folder, '.store')]
      run(nodeBinary(24), [pnpm, 'add', ...options, tarball], folder)
    },
  },
  {
    name: 'yarn',
    install(folder, tarball) {
      const yarn = path.join(fetched('@yarnpkg/cli-dist', 4), 'bin/yarn.js')
      const settings = ['nodeLinker: node-modules', 'enableGlobalCache: false', 'enableTelemetry: false']
      writeFileSync(path.join(folder, '.yarnrc.yml'), `${settings.join('\n')}\n`)
      writeFileSync(path.join(folder, 'yarn.lock'), '')
      const registry = run('npm', ['config', 'get', 'registry'], folder).trim()
      const env = { YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_NPM_REGISTRY_SERVER: registry }
      run(process.execPath, [yarn, 'add', `nworkers@file:${tarball}`], folder, env)
    },
  },
]

/** The folder of a package that is fetched once into `.cache/`; remove it there to get a newer one. */
function fetched(name: string, major: number): string {
  const folder = path.join(projectFolder, '.cache', `${path.basename(name)}-${major}`)
  const installed = path.join(folder, 'node_modules', name)
  if (existsSync(installed)) return installed
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...options, `${name}@${major}`], folder)
  return installed
}

/** The folder of nworkers in a project, with what its manifest says the commands are. */
export function installedPackage(folder: string): { script: string; control: string } {
  const root = path.join(folder, 'node_modules/nworkers')
  const { bin } = readManifest()
  return { script: path.join(root, bin.nworkers ?? ''), control: path.join(root, bin.nworkersctl ?? '') }
}
