import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectFolder } from '../process/harness/application.js'
import { now } from './clock.js'
import type { Fault } from './schedule.js'

/** The folder in which the app of a run is deployed again and again. */
export interface Deployment {
  /** What the server is given to serve. */
  app: string
  /** Where workers note the connections that they accept. */
  journal: string
  /** Puts another version in place, at once as a good deployment does; gives the version's name. */
  deploy(fault?: Fault): string
  /** Whether a broken app was on disk at some time from then till then. */
  wasBroken(from: number, to: number): boolean
  remove(): void
}

const fixture = path.join(projectFolder, 'test/fixtures/chaos/app.mjs')

const broken: Record<Fault, string> = {
  throws: 'throw new Error("broken on purpose")',
  'syntax error': 'export const server = (',
  'exports nothing': 'const server = undefined',
  exits: 'process.exit(1)',
  hangs: 'await new Promise((resolve) => setTimeout(resolve, 600_000))\nexport const server = undefined',
}

/** Makes a temporary folder with a good app in it. */
export function createDeployment(): Deployment {
  const folder = mkdtempSync(path.join(tmpdir(), 'chaos-'))
  const journal = path.join(folder, 'journal')
  const app = path.join(folder, 'app.mjs')
  const brokenTimes: { from: number; to: number }[] = []
  let count = 0
  mkdirSync(journal)

  function deploy(fault?: Fault): string {
    count += 1
    const version = `version ${count}`
    const next = path.join(folder, 'next.mjs')
    writeFileSync(next, fault ? broken[fault] : source(version))
    renameSync(next, app)
    const last = brokenTimes.at(-1)
    if (!fault && last) last.to = Math.min(last.to, now())
    if (fault && !(last && last.to === Number.POSITIVE_INFINITY)) {
      brokenTimes.push({ from: now(), to: Number.POSITIVE_INFINITY })
    }
    return version
  }

  deploy()
  return {
    app,
    journal,
    deploy,
    wasBroken: (from, to) => brokenTimes.some((time) => time.from <= to && time.to >= from),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function source(version: string): string {
  return (
    `import { createApp } from ${JSON.stringify(pathToFileURL(fixture).href)}\n` +
    `export const { server, drain } = createApp({ version: ${JSON.stringify(version)} })\n`
  )
}
