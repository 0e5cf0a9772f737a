import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../../test/process/harness/application.js'

/** The folder of the peers, with a lock file of its own. */
export const peersFolder = path.join(projectFolder, 'bench/peers')

/** Installs the peers where they are missing or outdated. */
export function installPeers(): void {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) =>
    modifiedAt(path.join(peersFolder, name)),
  )
  if (Number(installed) >= Number(wanted)) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: peersFolder, stdio: 'inherit' })
  if (status !== 0) throw new Error('npm could not install the peers.')
}

/** The version of a peer that is installed. */
export function versionOf(name: string): string {
  const file = path.join(peersFolder, 'node_modules', name, 'package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'))
  return version
}

function modifiedAt(file: string): number {
  return existsSync(file) ? statSync(file).mtimeMs : 0
}
