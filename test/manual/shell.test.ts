import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder, temporaryFolder } from '../process/harness/application.js'
import { findCommand } from '../process/harness/unprivileged.js'
import { preparations, readPages } from './pages.js'

const skip = process.getuid?.() !== 0 && 'needs root'

const app = `export const handler = (request, response) => response.end('hello\\n')
export const app = handler
export const application = handler
export default handler
`

for (const { file, blocks } of readPages()) {
  test(`${file}: its shell does what it says`, { skip }, (t) => {
    const script = [preparations[file] ?? '', ...blocks].join('\n')
    const { folder, path: at } = temporaryFolder(t, { 'app.js': app, 'page-script': script })
    chmodSync(folder, 0o755)
    if (file !== 'docs/getting-started.md') {
      for (const name of ['examples', 'test', 'bin', 'node_modules', 'package.json'])
        symlinkSync(path.join(projectFolder, name), at(name))
    }
    const shims = path.join(projectFolder, 'test/manual/shims')
    const { status, stdout, stderr } = spawnSync(
      'bash',
      [path.join(projectFolder, 'test/manual/page.sh'), at('page-script')],
      {
        cwd: folder,
        env: {
          ...process.env,
          PATH: `${shims}:${process.env.PATH}`,
          NWORKERS_CHECKOUT: projectFolder,
          REAL_NPM: findCommand('npm') ?? 'npm',
        },
        encoding: 'utf8',
        timeout: 180_000,
      },
    )
    assert.equal(
      status,
      0,
      `${script}\n--- stdout\n${stdout.slice(-3000)}\n--- stderr\n${stderr.slice(-3000)}`,
    )
  })
}
