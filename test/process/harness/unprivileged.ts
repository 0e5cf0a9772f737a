import { existsSync, statSync } from 'node:fs'
import { projectFolder } from './application.js'
import { serverNode } from './server.js'

/** The folder of a command that is on the PATH; undefined where it is missing. */
export function findCommand(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':')
  return folders.map((folder) => `${folder}/${name}`).find((file) => existsSync(file))
}

/** How to run a command as this uid, or the reason why that cannot be done here. */
export function asUser(uid: number): { prefix: string[]; skip: string | false } {
  const reason = cannotBecomeUsers()
  const setpriv = findCommand('setpriv')
  if (reason !== false) return { prefix: [], skip: reason }
  if (!setpriv) return { prefix: [], skip: 'there is no setpriv' }
  return { prefix: [setpriv, `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'], skip: false }
}

/** Why a server's processes can't become another user here, or false. */
export function cannotBecomeUsers(): string | false {
  if (process.platform !== 'linux') return 'looks into /proc'
  if (process.getuid?.() !== 0) return 'needs root'
  if (!isReadableByAll(projectFolder) || !isReadableByAll(serverNode))
    return 'this project or its Node is in a folder that others may not read'
  return false
}

function isReadableByAll(file: string): boolean {
  const names = file.split('/').filter(Boolean)
  const ancestry = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
  return ancestry.every((entry) => (statSync(entry).mode & 0o005) === 0o005)
}
