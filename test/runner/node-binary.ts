import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/**
 * The newest Node of this major version, from the npm package that carries the binary for this system. It is
 * installed once into `.cache/`; remove that folder to get a newer one.
 */
export function nodeBinary(major: number): string {
  const packageName = `node-${process.platform}-${process.arch}`
  const folder = path.join(projectFolder, '.cache', `node-${major}`)
  const binary = path.join(folder, 'node_modules', packageName, 'bin/node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
    const args = [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `${packageName}@${major}`,
    ]
    const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0 || !existsSync(binary)) throw new Error(`npm could not install ${packageName}@${major}.`)
  }
  return binary
}
