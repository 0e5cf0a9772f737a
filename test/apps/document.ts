import { readFileSync } from 'node:fs'
import path from 'node:path'
import { catalogue, type TestedApp } from './catalogue.js'
import { appsFolder } from './installation.js'

const introduction = `# Apps that are tested

<!-- Generated from the catalogue of test/apps by \`npm run docs\`. Do not edit. -->

\`npm run test:all\` installs these from npm and serves each by the real command with two workers: the answers are right,
both workers serve, a reload under load loses no request, and a stop ends the processes in order, after what the
framework runs at its end. Their sources are in [test/apps/served](../test/apps/served). They run on the oldest Node that
is supported, or on the newest Node 24 where the package wants a newer one.

How nworkers tells the kinds apart is in [app-specifier.md](app-specifier.md).

`

/** The text of docs/apps.md. */
export function appsDocument(): string {
  const rows = catalogue.map((app) => [
    app.title,
    app.package === undefined ? '' : versionOf(app.package),
    app.kind,
    String(app.node ?? 20),
  ])
  return introduction + table([['App', 'Version', 'Kind', 'Node'], ...rows])
}

/** The version that the apps' own lock file has. */
function versionOf(name: TestedApp['package']): string {
  const lock = JSON.parse(readFileSync(path.join(appsFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  return lock.packages[`node_modules/${name}`]?.version ?? ''
}

function table([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('')
}
