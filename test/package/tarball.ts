import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/** What `npm pack` makes of the checkout. */
export interface Tarball {
  file: string
  /** Bytes of the archive, and of what it holds. */
  size: number
  unpackedSize: number
  /** Relative to the package's folder. */
  files: string[]
}

interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string }[]
}

/** Packs the checkout as a release does, in a folder of this process's own. */
export function pack(): Tarball {
  const folder = path.join(projectFolder, '.cache', `tarball-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const text = run('npm', ['pack', '--json', '--pack-destination', folder], projectFolder)
  const [packed] = JSON.parse(text) as Packed[]
  if (!packed) throw new Error(`npm pack has said nothing: ${text}`)
  const { filename, size, unpackedSize, files } = packed
  return { file: path.join(folder, filename), size, unpackedSize, files: files.map((file) => file.path) }
}

/** Runs a command to its end and gives its output; one that fails is an error with all that it said. */
export function run(
  command: string,
  parameters: string[],
  cwd: string,
  env: Record<string, string> = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd,
    env: { ...process.env, ...env },
    timeout: 240_000,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0) return stdout
  throw new Error(`${command} ${parameters.join(' ')} failed (${status}):\n${stdout}\n${stderr}`)
}

/** The package's manifest. */
export function readManifest(): {
  version: string
  dependencies: Record<string, string>
  bin: Record<string, string>
} {
  return JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8'))
}
