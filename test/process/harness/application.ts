import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const projectFolder = fileURLToPath(new URL('../../../../', import.meta.url))

const probePath = path.join(projectFolder, 'test/fixtures/process/probe.mjs')

/** The specifier of the app that most tests serve; its paths are told in the file. */
export const probeApp = `${probePath}:app`

export interface TemporaryFolder {
  folder: string
  /** The absolute path of a file in it. */
  path(name: string): string
  /** Puts a file in place at once, as a deployment does. */
  deploy(name: string, text: string): void
}

/** A folder with these files, removed after the test. */
export function temporaryFolder(
  t: TestContext,
  files: Record<string, string> = {},
  parent = tmpdir(),
): TemporaryFolder {
  const folder = mkdtempSync(path.join(parent, 'process-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const temporary: TemporaryFolder = {
    folder,
    path: (name) => path.join(folder, name),
    deploy(name, text) {
      const next = path.join(folder, `.next-${name.replaceAll('/', '-')}`)
      writeFileSync(next, text)
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      renameSync(next, path.join(folder, name))
    },
  }
  for (const [name, text] of Object.entries(files)) temporary.deploy(name, text)
  return temporary
}

/** The source of a module whose `app` is the probe, saying this version in its answers; `before` runs at import. */
export function probeSource(version: string, before = ''): string {
  return `import { probe } from ${JSON.stringify(probePath)}\n${before}\nexport const app = probe(${JSON.stringify(version)})\n`
}
