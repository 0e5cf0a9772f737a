import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { projectFolder, type TemporaryFolder, temporaryFolder } from '../process/harness/application.js'
import { serverNode } from '../process/harness/server.js'
import { cannotBecomeUsers } from '../process/harness/unprivileged.js'
import { bootLab, type Lab, labMissing } from './lab.js'

/** Why no service can be tested here; false where it can. */
export function serviceMissing(): string | false {
  return labMissing() || cannotBecomeUsers()
}

/** The script of the checkout. */
export const script = path.join(projectFolder, 'bin/nworkers.js')

export const unit = 'app.service'

export interface Service {
  lab: Lab
  app: TemporaryFolder
  /** All it said, of every start. */
  log(): string
  /** Where the last arbiter listens, once the log says so. */
  target(): { port: number }
  state(): Promise<string>
  /** What `systemctl status` shows of it. */
  status(): Promise<string>
}

export interface ServiceOptions {
  /** The source of the app. It is in a folder that the service may read and the test may write. */
  source: string | ((app: TemporaryFolder) => string)
  /** What else the command line says. */
  options?: string[]
  /** What a drop-in changes of the unit. */
  dropIn?: string[]
  /** Where the log goes, instead of to a file. */
  output?: 'journal'
  script?: string
}

/** Installs the unit that `nworkers init systemd` prints for an app of the test, for a user without rights. */
export async function installService(t: TestContext, given: ServiceOptions): Promise<Service> {
  const app = serviceFolder(t)
  const { source, options = [], dropIn = [] } = given
  app.deploy('app.mjs', typeof source === 'string' ? source : source(app))
  const lab = await bootLab(t, app.folder)
  const words = ['-w', '2', '-b', '127.0.0.1:0', ...options, '--chdir', app.folder, 'app.mjs:app']
  const output = given.output ?? `append:${app.path('log')}`
  const changes = ['[Service]', `StandardOutput=${output}`, `StandardError=${output}`, ...dropIn]
  await lab.install(unit, printUnit(words, given.script), `${changes.join('\n')}\n`)
  const log = () => readFileSync(app.path('log'), 'utf8')
  t.after(async () => {
    if (!t.passed) console.error(`--- ${t.name}\n${log()}---`)
  })
  const ports = () => [...log().matchAll(/Listening at: http:\/\/\S+:(\d+)/g)]
  return {
    lab,
    app,
    log,
    target: () => ({ port: Number(ports().at(-1)?.[1] ?? 0) }),
    state: () => lab.property(unit, 'ActiveState'),
    status: () => lab.property(unit, 'StatusText'),
  }
}

/** A folder outside of `/tmp`, of which a service has one of its own. */
export function serviceFolder(t: TestContext): TemporaryFolder {
  const folder = temporaryFolder(t, { log: '' }, '/srv')
  chmodSync(folder.folder, 0o755)
  return folder
}

/** What `nworkers init systemd` prints, for the user nobody. */
export function printUnit(words: readonly string[], command = script): string {
  const init = spawnSync(serverNode, [command, 'init', 'systemd', '-u', 'nobody', ...words], {
    cwd: projectFolder,
    encoding: 'utf8',
  })
  if (init.status !== 0) throw new Error(init.stderr)
  return init.stdout
}
