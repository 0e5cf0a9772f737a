import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'
import { poll } from '../process/harness/poll.js'
import { isAlive } from '../process/harness/processes.js'

/** The folder with a package.json and a lock file of its own. */
export const appsFolder = path.join(projectFolder, 'test/apps')
export const servedFolder = path.join(appsFolder, 'served')
const nextFolder = path.join(servedFolder, 'next')

/** Longer than a slow machine takes for all the packages and the build. */
const deadline = 480_000

/** Installs the frameworks and builds what needs it, where that is missing or outdated; one process at a time. */
export async function installApps(): Promise<void> {
  if (isInstalled()) return
  const lock = path.join(projectFolder, '.cache/test-apps-lock')
  mkdirSync(path.dirname(lock), { recursive: true })
  await poll(() => isInstalled() || takeLock(lock), { deadline, what: 'the frameworks are installed' })
  try {
    if (!isInstalled()) install()
  } finally {
    rmSync(lock, { force: true })
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // Of a run that was killed.
    if (!isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true })
    return false
  }
}

function isInstalled(): boolean {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) =>
    modifiedAt(path.join(appsFolder, name)),
  )
  return Number(installed) >= Number(wanted) && existsSync(path.join(nextFolder, '.next/BUILD_ID'))
}

function modifiedAt(file: string): number {
  return existsSync(file) ? statSync(file).mtimeMs : 0
}

function install(): void {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], appsFolder)
  run(process.execPath, [path.join(appsFolder, 'node_modules/next/dist/bin/next'), 'build'], nextFolder)
}

function run(command: string, parameters: string[], cwd: string): void {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
  const { status, stderr } = spawnSync(command, parameters, { cwd, env, timeout: deadline, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${parameters[0]} failed (${status}):\n${stderr}`)
}
