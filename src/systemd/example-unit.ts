import { type Given, resolveSettings } from '../settings/resolve.js'
import { serviceUnit } from './service-unit.js'

/** The text of deploy/nworkers.service: what `nworkers init systemd` prints for an app in /srv/app. */
export function exampleUnit(): string {
  const folder = '/srv/app'
  const bin = `${folder}/node_modules/nworkers/bin`
  const given: Given = { workers: ['auto'], user: ['www-data'], app: ['app'] }
  const { settings } = resolveSettings({ commandLine: given, env: {}, cwd: '/' })
  return serviceUnit({
    command: ['/usr/bin/node', `${bin}/nworkers.js`],
    controlCommand: ['/usr/bin/node', `${bin}/nworkersctl.js`],
    given,
    settings: { ...settings, chdir: folder },
    hasSocketUnit: false,
  })
}
